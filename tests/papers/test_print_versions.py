"""The print of an issued paper: made ahead by a job or when first asked for, kept, named, and never swept."""

import dataclasses
import io
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pikepdf
import pytest
from sqlalchemy import select

from api import worker
from api.app import create_app_in
from api.config import Settings
from api.demo.client import Office
from api.demo.drive import ADULT
from api.demo.filling import AppWire
from api.house import build_house
from dossiers.bodies.models import Account, Organization
from dossiers.demonstration.world import DEMO_PASSWORD, load_demo
from dossiers.errors import NotFoundError
from dossiers.evidence.missing import missing_objects
from dossiers.evidence.sweeping import sweep_orphans
from dossiers.files.models import Dossier
from dossiers.jobs import ATTEMPTS_MAX, Job, defer
from dossiers.migrating import upgrade
from dossiers.papers import print_versions
from dossiers.papers.conversion import NoConverterError
from dossiers.papers.models import Paper
from dossiers.papers.print_versions import PRINT, print_next, print_version
from dossiers.papers.uploads import DOCX

NOW = datetime(2026, 7, 30, 8, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def house(request, tmp_path_factory):
    """A demonstration with one dossier; each test works on papers of its own."""
    folder = tmp_path_factory.mktemp("prints")
    url = f"sqlite:///{folder}/rows.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").create_fresh_database()
    settings = Settings(url, (folder / "papers").as_uri(), "x" * 40, demo=True)
    upgrade(url)
    built = dataclasses.replace(build_house(settings), clock=lambda: NOW)
    with built.database.transaction() as session:
        load_demo(session, built.sealer, at=NOW)
    office = Office(AppWire(create_app_in(built).test_client(use_cookies=False)), "cax.canbo.minhhoa", DEMO_PASSWORD)
    office.post("/api/v1/dossiers", {"person_id": office.post("/api/v1/persons", ADULT)["id"]})
    yield built
    built.store.close()
    built.database.dispose()


@pytest.fixture(autouse=True)
def word_processor(monkeypatch):
    """Two empty pages are made of everything."""
    monkeypatch.setattr(print_versions, "as_pdf", lambda _: two_pages())
    monkeypatch.setattr(print_versions, "converter", lambda: "soffice")


def two_pages():
    """Return a PDF that is never twice the same, as those of a word processor."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(2):
            document.add_blank_page(page_size=(595, 842))
        document.docinfo["/Title"] = uuid4().hex
        document.save(target)
    return target.getvalue()


def paper_on_file(house, **changes):
    """Put an issued paper on file past all rules and return its id."""
    docx = house.store.put_bytes(uuid4().bytes, DOCX)
    with house.database.transaction() as session:
        about = {"form": "III01", "edition": "2026-07-01", "title": "Giả định", "origin": "generated"}
        rows = {
            "dossier_id": session.scalars(select(Dossier.id)).first(),
            "issuer_id": session.scalars(select(Organization.id)).first(),
            "drafted_by_id": session.scalars(select(Account.id)).first(),
        }
        content = {"object_sha256": docx.key, "media_type": DOCX, "size_bytes": docx.size_bytes}
        paper = Paper(**{**about, **rows, **content, "state": "issued", "created_at": NOW, **changes})
        session.add(paper)
        session.flush()
        return paper.id


def asked_to_print(house, paper_id):
    """Ask for the print as an issue does."""
    with house.database.transaction() as session:
        defer(session, PRINT, {"paper": str(paper_id)}, at=NOW)


def kept_print(house, paper_id):
    """Return what the paper names as its print."""
    with house.database.reading() as session:
        return session.get_one(Paper, paper_id).print_sha256


def jobs(house, paper_id):
    """Return (state, attempts, last error) of every print job of a paper."""
    with house.database.reading() as session:
        rows = [job for job in session.scalars(select(Job)) if job.payload.get("paper") == str(paper_id)]
        return [(job.state, job.attempts, job.last_error) for job in rows]


def test_the_worker_makes_the_print_between_two_ticks(house):
    """Not within one: what time brings about does not wait for a word processor."""
    paper_id = paper_on_file(house)
    asked_to_print(house, paper_id)

    worker.tick(house)
    assert kept_print(house, paper_id) is None
    worker._meanwhile(house, threading.Event())

    assert jobs(house, paper_id) == [("done", 1, None)]
    assert house.store.read(kept_print(house, paper_id)).startswith(b"%PDF")


def test_a_print_is_kept_by_the_sweep_and_missed_when_it_is_gone(house):
    """It is named like every other object."""
    paper_id = paper_on_file(house)
    print_version(house.database, house.store, paper_id, at=NOW)
    key = kept_print(house, paper_id)

    sweep_orphans(house.database, house.store, stored_before=datetime.now(UTC) + timedelta(minutes=1))
    assert house.store.exists(key)
    house.store.delete(key)

    with house.database.reading() as session:
        assert list(missing_objects(session, house.store)) == [key]


def test_of_two_prints_made_at_once_the_first_filed_is_what_both_get(house, monkeypatch):
    """Otherwise two prints of one paper could break their pages differently."""
    paper_id, first = paper_on_file(house), []

    def while_another_is_faster(_):
        monkeypatch.setattr(print_versions, "as_pdf", lambda _: two_pages())
        first.append(print_version(house.database, house.store, paper_id, at=NOW))
        return two_pages()

    monkeypatch.setattr(print_versions, "as_pdf", while_another_is_faster)
    second = print_version(house.database, house.store, paper_id, at=NOW)

    assert [second] == first
    assert house.store.read(kept_print(house, paper_id)) == second


def test_what_fails_is_tried_again_later_and_at_last_left_to_a_person(house, monkeypatch):
    """A word processor that crashes holds nothing up."""

    def crash(_):
        raise NoConverterError

    monkeypatch.setattr(print_versions, "as_pdf", crash)
    paper_id = paper_on_file(house)
    asked_to_print(house, paper_id)

    assert print_next(house.database, house.store, at=NOW)
    assert not print_next(house.database, house.store, at=NOW)
    assert jobs(house, paper_id) == [("waiting", 1, "NoConverterError")]
    for attempt in range(1, ATTEMPTS_MAX):
        print_next(house.database, house.store, at=NOW + timedelta(hours=attempt))
    assert jobs(house, paper_id) == [("failed", ATTEMPTS_MAX, "NoConverterError")]


def test_without_a_word_processor_the_job_ends_and_the_print_waits_for_whoever_asks(house, monkeypatch):
    """Nothing piles up on a machine that cannot print."""
    monkeypatch.setattr(print_versions, "converter", lambda: None)
    paper_id = paper_on_file(house)
    asked_to_print(house, paper_id)

    assert print_next(house.database, house.store, at=NOW)

    assert jobs(house, paper_id) == [("done", 1, None)]
    assert kept_print(house, paper_id) is None


@pytest.mark.parametrize("changes", [{"state": "draft"}, {"origin": "scan"}, {"media_type": "application/pdf"}])
def test_only_issued_word_papers_of_ours_have_a_print(house, changes):
    """A Word file from outside may name addresses that a converter would fetch."""
    with pytest.raises(NotFoundError):
        print_version(house.database, house.store, paper_on_file(house, **changes), at=NOW)
    with pytest.raises(NotFoundError):
        print_version(house.database, house.store, uuid4(), at=NOW)
