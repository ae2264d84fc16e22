"""The probe tells what a store really does, also when it does it badly."""

import json
from pathlib import Path

import pytest

from storage.files import FileStore
from storage.objects import ObjectStore, open_store
from storage.probe import Outcome, ProbeReport, probe_store
from storage.s3 import S3Store
from tests.servers.seaweedfs import S3Server

REQUIRED = ["round_trip", "idempotent", "missing_reported", "too_large_refused", "damage_detected"]


class ForgetfulStore(FileStore):
    """A real folder whose reads are not checked: what the probe must notice."""

    def read(self, key: str) -> bytes:
        """Hand out whatever lies there."""
        return self.path_of(key).read_bytes()


def outcomes(report: ProbeReport) -> dict[str, str]:
    """Return the outcome of every check."""
    return {check.name: check.outcome.value for check in report.checks}


def test_a_good_store_is_usable_and_left_as_it_was(store: ObjectStore) -> None:
    """All that the program relies on holds, and the probe's own objects are gone."""
    key = store.put_bytes(b"somebody's paper", "text/plain").key
    report = probe_store(store)

    assert report.usable
    assert {outcomes(report)[name] for name in REQUIRED} == {"holds"}
    assert list(store.keys()) == [key]


def test_the_report_is_json_with_texts_in_both_languages(store: ObjectStore) -> None:
    """`hoso storage probe --json` prints it as it is."""
    report = json.loads(probe_store(store).to_json())

    assert report["usable"] is True
    assert report["location"] == store.location
    assert all(check["title"]["vi"] and check["title"]["en"] for check in report["checks"])


@pytest.mark.s3
def test_the_probe_sees_what_the_s3_server_enforces(s3_server: S3Server) -> None:
    """SeaweedFS refuses overwriting and wrong checksums; a plain bucket has neither versions nor lock."""
    store = open_store(s3_server.url("probe-plain"))
    found = outcomes(probe_store(store))
    store.close()

    assert found["create_only"] == "holds"
    assert found["checksum_enforced"] == "holds"
    assert (found["versioning"], found["object_lock"]) == ("fails", "fails")


@pytest.mark.s3
def test_the_probe_sees_versioning_and_object_lock(s3_server: S3Server) -> None:
    """A bucket that an administrator made with lock is recognised."""
    plain = open_store(s3_server.url("probe-plain"))
    assert isinstance(plain, S3Store)
    plain.client.make_bucket("probe-locked", object_lock=True)
    plain.close()
    store = open_store(s3_server.url("probe-locked"))
    report = probe_store(store)
    store.close()

    assert report.usable
    assert (outcomes(report)["versioning"], outcomes(report)["object_lock"]) == ("holds", "holds")


def test_a_store_that_does_not_check_is_not_usable(tmp_path: Path) -> None:
    """The probe can fail."""
    good = open_store((tmp_path / "objects").as_uri())
    assert isinstance(good, FileStore)
    forgetful = ForgetfulStore(good.address)
    report = probe_store(forgetful)

    assert not report.usable
    assert {check.name for check in report.checks if check.outcome is Outcome.FAILS} == {
        "damage_detected",
        "missing_reported",
    }
