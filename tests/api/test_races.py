"""Many at once, over real sockets, on both engines: one wins, nobody is lost, no number is."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from api.demo.client import HttpWire, Office, Reply
from api.demo.drive import ADULT
from api.demo.papers import demo_scan
from api.demo.server import DemoServer, new_server
from dossiers.demonstration.world import DEMO_PASSWORD
from tests.api.refusals import header, problem_of
from tests.api.scenes import SECRET
from tests.servers.postgresql import PostgresServer

OFFICER, HEAD = "cax.canbo.minhhoa", "cax.truong.minhhoa"
AT = datetime.fromisoformat("2026-07-30T08:00:00+07:00")
STATED = {"detected_at": "2026-07-30T07:30:00+07:00", "positive_at": "2026-07-30T07:45:00+07:00", "place_remote": False}
MOVE = {"trigger": "start_residence_check", "fields": STATED}
BUSY_SECONDS_MAX = 30.0
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@dataclass
class Installation:
    """Server processes over one database and one store, and accounts that are signed in."""

    servers: Sequence[DemoServer]
    tokens: dict[str, str] = field(default_factory=dict)

    def office(self, username: str, number: int = 0) -> Office:
        """Return an account at work on a connection of its own, at the server whose turn `number` is."""
        wire = HttpWire(self.servers[number % len(self.servers)].url)
        if username not in self.tokens:
            office = Office(wire, username, DEMO_PASSWORD)
            office.sign_in()
            self.tokens[username] = str(office._token)
        return Office(wire, username, DEMO_PASSWORD, self.tokens[username])

    def dossier(self, *, scanned: bool = True) -> str:
        """Open a dossier about a new person, III01 on file unless told otherwise, and return its address."""
        office = self.office(OFFICER)
        person = office.post("/api/v1/persons", {**ADULT, "id_number": None, "id_type": None})
        opened = office.post("/api/v1/dossiers", {"person_id": person["id"]})
        path = f"/api/v1/dossiers/{opened['id']}"
        if scanned:
            file = ("III01.pdf", demo_scan("III01"), "application/pdf")
            office.upload(f"{path}/papers", {"form": "III01"}, file, version=opened["version"])
        return path


@pytest.fixture(scope="module", params=ENGINES)
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Run one server process on SQLite, two on PostgreSQL."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    shared = {"HOSO_SECRET_KEY": SECRET, "HOSO_STORAGE_URL": (folder / "papers").as_uri()}
    count = 1
    if request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        shared["HOSO_DATABASE_URL"], count = postgres.create_fresh_database(), 2
    with ExitStack() as stack:
        servers = []
        for number in range(count):
            server = new_server(folder / str(number), AT, shared)
            stack.callback(server.stop)
            server.start()
            servers.append(server)
        yield Installation(servers)


def patiently(ask: Callable[[], Reply]) -> Reply:
    """Ask until the system is not busy any more; being busy says when to come back."""
    until = time.monotonic() + BUSY_SECONDS_MAX
    while (reply := ask()).status == 503 and time.monotonic() < until:
        assert int(header(reply, "Retry-After") or 0) >= 1
        time.sleep(0.1)
    return reply


def at_once(asks: Sequence[Callable[[], Reply]]) -> list[Reply]:
    """Let all ask at the same moment, each from a thread of its own, and return the answers in order."""
    barrier = Barrier(len(asks))

    def wait_and_ask(ask: Callable[[], Reply]) -> Reply:
        barrier.wait()
        return patiently(ask)

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(wait_and_ask, asks))


def asking(office: Office, path: str, body: Any, *, version: int, key: str | None = None) -> Callable[[], Reply]:
    """Return a way to send one write."""
    return lambda: office.call("POST", path, body=json.dumps(body).encode(), version=version, key=key)


def test_of_fifty_officers_who_act_at_once_one_does(installation: Installation) -> None:
    """Each has read the same version under a key of their own: 49 are told that the dossier has moved on."""
    path = installation.dossier()
    offices = [installation.office(OFFICER, number) for number in range(50)]
    version = offices[0].get(path)["version"]
    replies = at_once([asking(office, f"{path}/moves", MOVE, version=version) for office in offices])
    diary = offices[0].get(f"{path}/diary")["items"]

    assert Counter(reply.status for reply in replies) == {201: 1, 412: 49}
    for reply in replies:
        if reply.status == 412:
            assert problem_of(reply, 412, "stale-version")["current"] == version + 1
            assert header(reply, "ETag") == f'"{version + 1}"'
    assert [each["trigger"] for each in diary].count("start_residence_check") == 1
    assert [each["seq"] for each in diary] == list(range(1, version + 2))
    assert len(offices[0].get(f"{path}/deadlines")["items"]) == 1


def test_one_key_sent_twenty_times_at_once_does_one_thing(installation: Installation) -> None:
    """All get the same answer; nineteen of them are told that it is a replay."""
    path = installation.dossier()
    offices = [installation.office(OFFICER, number) for number in range(20)]
    version = offices[0].get(path)["version"]
    asks = [asking(office, f"{path}/moves", MOVE, version=version, key="twenty") for office in offices]
    replies = at_once(asks)

    assert {reply.status for reply in replies} == {201}
    assert len({reply.data for reply in replies}) == 1
    assert len({header(reply, "ETag") for reply in replies}) == 1
    assert Counter(header(reply, "Idempotent-Replay") for reply in replies) == {None: 1, "true": 19}
    assert offices[0].get(path)["version"] == version + 1


def test_one_key_for_two_requests_at_once_does_one_of_them(installation: Installation) -> None:
    """Whoever comes second is told that the key is taken."""
    path = installation.dossier()
    offices = [installation.office(OFFICER, number) for number in range(10)]
    version = offices[0].get(path)["version"]
    bodies = [{**MOVE, "note": f"bản {number}"} for number in range(10)]
    asks = [
        asking(office, f"{path}/moves", body, version=version, key="ten")
        for office, body in zip(offices, bodies, strict=True)
    ]
    replies = at_once(asks)

    assert Counter(reply.status for reply in replies) == {201: 1, 422: 9}
    assert offices[0].get(path)["version"] == version + 1


def test_thirty_papers_issued_at_once_get_the_numbers_one_to_thirty(installation: Installation) -> None:
    """Of one body and symbol, from five dossiers; attempts that are refused in between leave no gap."""
    fields = {"addressee": "Công an xã Thử Nghiệm", "letter_subject": "Xác minh", "letter_body": "Nội dung giả định."}
    draft = {"form": "D-RESVER", "fields": fields}
    paths = [installation.dossier(scanned=False) for _ in range(5)]
    officer, head = installation.office(OFFICER), installation.office(HEAD)
    drafts = [(path, officer.post(f"{path}/papers", draft, version=1)["id"]) for path in paths for _ in range(6)]

    def issue(numbered: tuple[int, tuple[str, str]]) -> str:
        """Issue one paper as a person would: read, try, read again when somebody was faster."""
        number, (path, paper) = numbered
        signer, other = installation.office(HEAD, number), installation.office(OFFICER, number + 1)
        if number % 3 == 0:
            version = other.get(path)["version"]
            refused = patiently(asking(other, f"/api/v1/papers/{paper}/issue", {}, version=version))
            assert refused.status in (409, 412)
        for _ in range(60):
            version = signer.get(path)["version"]
            reply = patiently(asking(signer, f"/api/v1/papers/{paper}/issue", {}, version=version))
            if reply.status == 200:
                return str(reply.json()["number"])
            problem_of(reply, 412, "stale-version")
        raise AssertionError("sixty attempts were not enough")

    with ThreadPoolExecutor(10) as pool:
        numbers = list(pool.map(issue, enumerate(drafts)))

    assert sorted(numbers) == [f"{number:02d}/CAX" for number in range(1, 31)]
    for path in paths:
        papers = head.get(f"{path}/papers")["items"]
        assert [each["folio"] for each in papers] == list(range(1, 7))
        assert head.get(path)["version"] == 7


def test_dossiers_opened_at_once_are_numbered_without_a_gap(installation: Installation) -> None:
    """Also when some of the attempts are refused."""
    office = installation.office(OFFICER)
    person = office.post("/api/v1/persons", {**ADULT, "id_number": None, "id_type": None})["id"]
    last = max(each["number"] for each in office.everything("/api/v1/dossiers?limit=200")) if _any(office) else "0"
    nobody = "00000000-0000-4000-8000-000000000000"
    bodies = [{"person_id": nobody if number % 4 == 0 else person} for number in range(20)]
    offices = [installation.office(OFFICER, number) for number in range(20)]
    asks = [
        (lambda each=each, body=body: each.call("POST", "/api/v1/dossiers", body=json.dumps(body).encode()))
        for each, body in zip(offices, bodies, strict=True)
    ]
    replies = at_once(asks)
    given = sorted(int(reply.json()["number"].rsplit("-", 1)[1]) for reply in replies if reply.status == 201)
    first = int(last.rsplit("-", 1)[-1]) + 1

    assert Counter(reply.status for reply in replies) == {201: 15, 422: 5}
    assert given == list(range(first, first + 15))


def _any(office: Office) -> bool:
    return bool(office.get("/api/v1/dossiers?limit=1")["items"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/tokens", {"username": "a\x00b", "password": "x"}),
        ("/api/v1/persons", {"full_name": "A\x00B", "sex": "male", "born_on": "1990-01-01"}),
        (
            "/api/v1/persons",
            {"full_name": "A", "sex": "male", "born_on": "1990-01-01", "details": {"subj_religion": "\x00"}},
        ),
    ],
)
def test_a_text_that_one_engine_cannot_keep_is_refused_on_both(
    installation: Installation, path: str, body: dict[str, Any]
) -> None:
    """PostgreSQL keeps no NUL; the answer does not depend on the engine."""
    reply = installation.office(OFFICER).call("POST", path, body=json.dumps(body).encode())

    problem_of(reply, 422, "invalid-request")


@pytest.mark.parametrize("query", ["dossiers?q=%00", "dossiers?state=%00", "persons?q=%00", "organizations?type=%00"])
def test_a_search_for_what_no_engine_keeps_is_refused_on_both(installation: Installation, query: str) -> None:
    """Never a fault."""
    problem_of(installation.office(OFFICER).call("GET", f"/api/v1/{query}"), 422, "invalid-request")


def test_a_search_with_signs_and_accents_finds_the_same_on_both(installation: Installation) -> None:
    """Folding is done by the program, not by the engine."""
    path = installation.dossier(scanned=False)
    office = installation.office(OFFICER)
    number = office.get(path)["number"]

    for q in ("nguyen van thu nghiem", "NGUYỄN VĂN THỬ", number.lower(), number[:9]):
        found = office.everything(f"/api/v1/dossiers?limit=200&q={q.replace(' ', '%20')}")
        assert number in {each["number"] for each in found}, q
    assert office.get("/api/v1/dossiers?q=%25")["items"] == []
