"""Every refusal has its status and its code, and no answer shows the inside of the program."""

import importlib
import logging
import pkgutil
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from flask import Flask

import api
import dossiers
import storage
import workflow
from api.app import create_app_in
from api.auth.callers import public
from api.demo.client import Reply
from api.problems import STATUS_OF, status_of
from dossiers.errors import DossierError
from storage.errors import DatabaseBusyError, ObjectDamagedError, StorageError
from tests.api.refusals import INSIDE, PROBLEM, problem_of
from tests.api.scenes import AppWire, Recording

#: Modules that do something when they are loaded: a server, a command, a migration.
_ACTING = ("api.wsgi", "api.cli.__main__", "dossiers.migrations.env", "dossiers.migrations.versions")
SECRET_TEXT = "NGUYỄN VĂN THỬ select * from person /srv/hoso/app.py"


def kinds_of(root: type[Exception]) -> Iterator[type[Exception]]:
    """Yield every class below `root`, however deep, that the program itself defines."""
    for kind in root.__subclasses__():
        if kind.__module__.split(".")[0] in ("api", "dossiers", "storage", "workflow"):
            yield kind
        yield from kinds_of(kind)


def load_every_module() -> None:
    """Load the whole program, so that a class that nothing imports yet is counted too."""
    for package in (api, dossiers, storage, workflow):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith(_ACTING):
                importlib.import_module(found.name)


load_every_module()
REFUSALS = sorted(set(kinds_of(DossierError)) | set(kinds_of(StorageError)), key=lambda kind: kind.__name__)


def test_there_are_refusals_to_look_at() -> None:
    """Both trees have grown."""
    assert len(REFUSALS) > 25


@pytest.mark.parametrize("kind", REFUSALS)
def test_every_refusal_has_a_status_of_its_own_choice(kind: type[Exception]) -> None:
    """The nearest class in STATUS_OF decides, and it is never the catch-all of all refusals."""
    nearest = next(each for each in kind.__mro__ if each in STATUS_OF)

    assert nearest is not DossierError
    assert status_of(kind.__new__(kind)) is STATUS_OF[nearest]


@pytest.mark.parametrize("kind", REFUSALS)
def test_every_refusal_has_a_public_code(kind: type[Exception]) -> None:
    """Lower case words joined by hyphens, declared by the class itself."""
    code = vars(kind)["code"]

    assert code == "-".join(word for word in code.lower().split("-") if word.isalnum())


def test_no_two_refusals_share_a_code() -> None:
    """A program that reads the code knows which one it is."""
    codes = [vars(kind)["code"] for kind in REFUSALS]

    assert sorted(codes) == sorted(set(codes))


def test_titles_are_said_in_both_languages() -> None:
    """Vietnamese first."""
    for kind in kinds_of(DossierError):
        title = kind.title  # type: ignore[attr-defined]
        assert title.vi
        assert title.en
        assert title.vi != title.en


@pytest.fixture
def broken(recording: Recording) -> Flask:
    """Return an application some of whose views have bugs."""
    app = create_app_in(recording.house)

    def view(fault: Exception) -> None:
        raise fault

    faults = {
        "bug": RuntimeError(SECRET_TEXT),
        "assert": AssertionError(SECRET_TEXT),
        "lookup": KeyError(SECRET_TEXT),
        "damaged": ObjectDamagedError("0" * 64),
        "busy": DatabaseBusyError(SECRET_TEXT),
    }
    for name, fault in faults.items():
        for path in (f"/api/v1/{name}", f"/{name}"):
            app.add_url_rule(path, f"test-{path}", public(lambda fault=fault: view(fault)))
    return app


@pytest.mark.parametrize("name", ["bug", "assert", "lookup", "damaged"])
def test_a_bug_is_told_by_a_mark_only(broken: Flask, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """The log gets the trace under the same mark; the caller gets neither trace nor text nor name."""
    with caplog.at_level(logging.ERROR, logger="hoso"):
        reply = AppWire(broken).send("GET", f"/api/v1/{name}", {}, None)
    problem = problem_of(reply, 500, "fault")

    assert set(problem) == {"type", "title", "status", "detail", "instance", "mark"}
    assert SECRET_TEXT not in reply.data.decode()
    assert "0" * 64 not in reply.data.decode()
    (entry,) = [record for record in caplog.records if problem["mark"] in record.getMessage()]
    assert entry.exc_info is not None


def test_a_bug_shows_a_browser_a_page_with_the_same_mark(broken: Flask) -> None:
    """No word of the inside there either."""
    reply = AppWire(broken).send("GET", "/bug", {"Accept": "text/html"}, None)
    page = reply.data.decode()

    assert reply.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert reply.headers["Content-Type"].startswith("text/html")
    assert SECRET_TEXT not in page
    assert "RuntimeError" not in page
    assert not [word for word in INSIDE if word in page and word != ".py"]


def test_who_finds_the_system_busy_is_told_when_to_come_back(broken: Flask) -> None:
    """Nothing was changed; the same request may be sent again."""
    reply = AppWire(broken).send("GET", "/api/v1/busy", {}, None)

    problem_of(reply, 503, "database-busy")
    assert int(reply.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(("accepted", "language"), [("en", "en"), ("vi", "vi"), ("fr", "vi"), ("", "vi")])
def test_a_program_is_answered_in_the_language_it_accepts(broken: Flask, accepted: str, language: str) -> None:
    """Vietnamese when nothing else was asked for."""
    reply: Reply = AppWire(broken).send("GET", "/api/v1/me", {"Accept-Language": accepted}, None)

    assert reply.headers["Content-Type"] == PROBLEM
    assert reply.json()["detail"] == {"vi": "Cần đăng nhập", "en": "Sign in first"}[language]
