"""The sweep removes what nobody names and never what somebody is about to name, on both engines and stores."""

import dataclasses
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from api import worker
from api.app import create_app_in
from api.config import Settings
from api.demo.client import Office, RefusedError
from api.demo.drive import ADULT
from api.demo.filling import AppWire
from api.demo.papers import demo_scan
from api.house import build_house
from dossiers.demonstration.world import DEMO_PASSWORD, load_demo
from dossiers.evidence.missing import missing_objects
from dossiers.evidence.sweeping import sweep_orphans
from dossiers.jobs import Job
from dossiers.migrating import upgrade
from dossiers.papers.models import Paper, StoredObject
from storage.objects import ObjectStore

NOW = datetime(2026, 7, 30, 8, tzinfo=UTC)
PDF = "application/pdf"
WAIT_SECONDS = 20


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgresql, pytest.mark.s3])])
def house(request, tmp_path):
    """A demonstration without dossiers: on files, and on PostgreSQL with S3."""
    database_url, storage_url = f"sqlite:///{tmp_path}/rows.sqlite", (tmp_path / "papers").as_uri()
    if request.param == "postgresql":
        database_url = request.getfixturevalue("postgres_server").create_fresh_database()
        storage_url = request.getfixturevalue("s3_server").url(f"sweep-{tmp_path.name.replace('_', '-')[-30:]}")
    settings = Settings(database_url=database_url, storage_url=storage_url, secret_key="x" * 40, demo=True)
    upgrade(settings.database_url)
    built = dataclasses.replace(build_house(settings), clock=lambda: NOW)
    with built.database.transaction() as session:
        load_demo(session, built.sealer, at=NOW)
    yield built
    built.store.close()
    built.database.dispose()


@dataclasses.dataclass
class File:
    """An officer with an open dossier that takes scans."""

    office: Office
    dossier_id: str

    def attach(self, scan):
        """File a scan on the newest version and return the paper."""
        path = f"/api/v1/dossiers/{self.dossier_id}"
        version = self.office.get(path)["version"]
        return self.office.upload(f"{path}/papers", {"form": "III01"}, ("scan.pdf", scan, PDF), version=version)


def opened(house):
    """Open a dossier as an officer of the commune."""
    wire = AppWire(create_app_in(house).test_client(use_cookies=False))
    office = Office(wire, "cax.canbo.minhhoa", DEMO_PASSWORD)
    person = office.post("/api/v1/persons", ADULT)
    return File(office, office.post("/api/v1/dossiers", {"person_id": person["id"]})["id"])


def soon():
    """Return a moment before which everything has been stored by now."""
    return datetime.now(UTC) + timedelta(minutes=1)


def sweep(house, **more):
    """Sweep as if a day had gone by."""
    return sweep_orphans(house.database, house.store, stored_before=soon(), **more)


def assert_whole(house):
    """Fail when a row names what the store lacks."""
    with house.database.reading() as session:
        assert list(missing_objects(session, house.store)) == []


@dataclasses.dataclass
class Halting:
    """A store that stops in the middle of `halt_in` until it is let go; everything else is the real store."""

    store: ObjectStore
    halt_in: str
    reached: threading.Event = dataclasses.field(default_factory=threading.Event)
    go_on: threading.Event = dataclasses.field(default_factory=threading.Event)

    def __getattr__(self, name):
        """Return the real method, or the one that stops after its work."""
        method = getattr(self.store, name)
        if name != self.halt_in:
            return method

        def halting(*arguments, **named):
            done = method(*arguments, **named)
            self.reached.set()
            assert self.go_on.wait(WAIT_SECONDS)
            return done

        return halting


def test_an_orphan_goes_and_a_named_object_stays(house):
    """Only the upload that no paper names is removed."""
    paper = opened(house).attach(demo_scan("kept"))
    orphan = house.store.put_bytes(demo_scan("refused"), PDF)

    swept = sweep(house)

    assert (swept.looked_at, swept.orphans, swept.removed) == (2, 1, 1)
    assert swept.orphan_bytes == orphan.size_bytes
    assert house.store.exists(paper["signed_sha256"])
    assert not house.store.exists(orphan.key)
    with house.database.reading() as session:
        assert session.get(StoredObject, orphan.key) is None
    assert_whole(house)


def test_a_young_orphan_stays(house):
    """It may belong to a request that is still under way."""
    orphan = house.store.put_bytes(b"%PDF-1.4 young", PDF)

    swept = sweep_orphans(house.database, house.store, stored_before=datetime.now(UTC) - timedelta(days=1))

    assert (swept.orphans, swept.removed) == (0, 0)
    assert house.store.exists(orphan.key)


def test_a_dry_run_counts_and_removes_nothing(house):
    """The operator looks before sweeping."""
    orphan = house.store.put_bytes(b"%PDF-1.4 orphan", PDF)

    swept = sweep(house, dry_run=True)

    assert (swept.orphans, swept.removed, swept.unfinished_removed) == (1, 0, 0)
    assert house.store.exists(orphan.key)


def test_a_paper_filed_before_the_claim_keeps_its_object(house):
    """An old orphan that is uploaded again and filed while the sweep was looking is no orphan any more."""
    file, scan = opened(house), demo_scan("again")
    orphan = house.store.put_bytes(scan, PDF)
    halting = Halting(house.store, "stat")
    found = []
    sweeping = threading.Thread(
        target=lambda: found.append(sweep_orphans(house.database, halting, stored_before=soon()))
    )
    sweeping.start()
    assert halting.reached.wait(WAIT_SECONDS)

    file.attach(scan)
    halting.go_on.set()
    sweeping.join(WAIT_SECONDS)

    assert [swept.removed for swept in found] == [0]
    assert house.store.exists(orphan.key)
    assert_whole(house)


def test_an_object_swept_between_upload_and_row_is_asked_for_again(house):
    """The officer's second click works; a row never names what is gone."""
    file, scan = opened(house), demo_scan("between")
    swept = house.store.put_bytes(scan, PDF)
    put = house.store.put
    # The sweep comes exactly between the put and the transaction of the same request.
    sweeping = dataclasses.replace(house, store=SweepAfterPut(house, put))
    wire = AppWire(create_app_in(sweeping).test_client(use_cookies=False))

    with pytest.raises(RefusedError) as refused:
        File(Office(wire, "cax.canbo.minhhoa", DEMO_PASSWORD), file.dossier_id).attach(scan)

    assert refused.value.reply.status == 503
    assert not house.store.exists(swept.key)
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Paper)) == 0
    assert file.attach(scan)["signed_sha256"] == swept.key
    assert_whole(house)


@dataclasses.dataclass
class SweepAfterPut:
    """The real store, with a sweep right after each put."""

    house: object
    put_first: object

    def __getattr__(self, name):
        """Return the real method."""
        return getattr(self.house.store, name)

    def put(self, *arguments, **named):
        """Put, then let the sweep run before anybody can name the object."""
        stored = self.put_first(*arguments, **named)
        assert sweep(self.house).removed == 1
        return stored


def test_filing_waits_for_a_sweep_that_holds_the_object(house):
    """The object is deleted, the sweep not committed: whoever files now puts the bytes again and waits for its turn."""
    file, scan = opened(house), demo_scan("held")
    house.store.put_bytes(scan, PDF)
    halting = Halting(house.store, "delete")
    sweeping = threading.Thread(target=sweep_orphans, args=(house.database, halting), kwargs={"stored_before": soon()})
    refusals = []

    def file_it():
        try:
            file.attach(scan)
        except RefusedError as refused:
            refusals.append(refused.reply.status)

    sweeping.start()
    assert halting.reached.wait(WAIT_SECONDS)
    filing = threading.Thread(target=file_it)
    filing.start()
    filing.join(0.3)
    assert filing.is_alive()
    halting.go_on.set()
    for thread in (sweeping, filing):
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()

    assert refusals == []
    assert_whole(house)
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Paper)) == 1


def test_the_worker_sweeps_once_a_day(house):
    """The job asks for itself once, is done after its commit, and waits for the next day."""
    orphan = house.store.put_bytes(b"%PDF-1.4 orphan", PDF)
    worker._plan(house)
    worker._plan(house)

    assert worker.tick(house) == 0
    tomorrow = dataclasses.replace(house, clock=lambda: NOW + timedelta(days=1))
    assert worker.tick(tomorrow) == 1

    assert house.store.exists(orphan.key), "a day by the simulated clock is no day of the store's"
    with house.database.reading() as session:
        assert list(session.scalars(select(Job.state))) == ["done"]


def test_the_command_says_what_it_found(tmp_path):
    """`hoso storage sweep --dry-run --json` on an installation with one old orphan and one young."""
    environment = {"HOSO_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    settings = Settings(f"sqlite:///{tmp_path}/hoso.sqlite", (tmp_path / "papers").as_uri(), "x" * 40)
    upgrade(settings.database_url)
    built = build_house(settings)
    old, young = built.store.put_bytes(b"old", PDF), built.store.put_bytes(b"young", PDF)
    long_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(built.store.path_of(old.key), (long_ago, long_ago))
    command = [sys.executable, "-m", "api.cli", "storage", "sweep", "--json"]

    def answer(*more):
        done = subprocess.run([*command, *more], check=True, capture_output=True, text=True, env=environment)
        return json.loads(done.stdout)

    assert answer("--dry-run")["orphans"] == 1
    assert built.store.exists(old.key)
    assert answer()["removed"] == 1
    assert not built.store.exists(old.key)
    assert built.store.exists(young.key)
    built.database.dispose()
