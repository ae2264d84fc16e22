"""Requests that cannot be right whatever the law says: versions, keys, tokens, files, JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from api.demo.client import Reply
from tests.api.refusals import move_refused, problem_of, refused
from tests.api.scenes import UPLOAD_BYTES_MAX, Recording, Scene
from tests.playing import SceneBefore

OFFICER = "cax.canbo.minhhoa"


@pytest.fixture
def scene(before: SceneBefore) -> Scene:
    """Open the moment before the check of the residence begins."""
    return before("start_residence_check")


@pytest.fixture
def stated(recording: Recording) -> dict[str, Any]:
    """Return what the officer states with that act."""
    return recording.fields_of("start_residence_check")


def raw(scene: Scene, body: bytes, path: str | None = None, *, version: int | None = None) -> Callable[[], Reply]:
    """Return a way to send exactly these bytes as JSON."""
    version = scene.version if version is None else version
    return lambda: scene.office(OFFICER).call("POST", path or f"{scene.path}/moves", body=body, version=version)


def bare(scene: Scene, headers: dict[str, str], body: bytes = b'{"trigger": "start_residence_check"}') -> Reply:
    """Send a move with these headers only."""
    office = scene.office(OFFICER)
    base = {"Authorization": f"Bearer {office._token}", "Content-Type": "application/json"}
    return office.wire.send("POST", f"{scene.path}/moves", {**base, **headers}, body)


# --- Versions -----------------------------------------------------------------------------------------------------


def test_a_stale_version_is_refused_with_the_present_one(scene: Scene, stated: dict[str, Any]) -> None:
    """Who has read an old version reads again before acting."""
    reply = scene.send(OFFICER, "start_residence_check", stated, version=scene.version - 1)
    problem = refused(
        scene, lambda: scene.send(OFFICER, "start_residence_check", stated, version=1), 412, "stale-version"
    )

    assert problem["current"] == scene.version
    assert reply.headers["ETag"] == f'"{scene.version}"'


@pytest.mark.parametrize("named", ["*", "nonsense", '"٢x"', '"²"', '"-1"', '"' + "9" * 5000 + '"'])
def test_a_precondition_that_names_no_version_is_stale(scene: Scene, named: str) -> None:
    """And is told the true version, not zero."""
    headers = {"If-Match": named, "Idempotency-Key": "k"}
    problem = refused(scene, lambda: bare(scene, headers), 412, "stale-version")

    assert problem["current"] == scene.version


def test_a_write_without_a_version_is_refused(scene: Scene) -> None:
    """Nobody writes to a dossier they have not read; this holds for papers and side machines too."""
    refused(scene, lambda: bare(scene, {"Idempotency-Key": "k"}), 428, "precondition-required")
    office = scene.office(OFFICER)
    refused(
        scene,
        lambda: office.call("POST", f"{scene.path}/papers", body=b'{"form": "V33"}'),
        428,
        "precondition-required",
    )


# --- Keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "", "   ", "k" * 201])
def test_a_write_without_a_usable_key_is_refused(scene: Scene, key: str | None) -> None:
    """A request that may be sent twice without harm needs its key."""
    headers = {"If-Match": f'"{scene.version}"'} | ({} if key is None else {"Idempotency-Key": key})

    refused(scene, lambda: bare(scene, headers), 400, "idempotency-key-missing")


def test_the_same_key_and_request_do_one_thing_and_answer_twice(scene: Scene, stated: dict[str, Any]) -> None:
    """The second answer is the first one, marked as a replay, though the version has moved on."""
    version = scene.version
    first = scene.send(OFFICER, "start_residence_check", stated, version=version, key="once")
    after = scene.traces()
    second = scene.send(OFFICER, "start_residence_check", stated, version=version, key="once")

    assert (first.status, second.status) == (201, 201)
    assert first.json() == second.json()
    assert first.headers["ETag"] == second.headers["ETag"]
    assert "Idempotent-Replay" not in first.headers
    assert second.headers["Idempotent-Replay"] == "true"
    assert scene.traces() == after


def test_the_same_key_for_another_request_is_refused(scene: Scene, stated: dict[str, Any]) -> None:
    """Another body, another precondition or another address: each is another request."""
    version = scene.version
    scene.act(OFFICER, "start_residence_check", stated, version=version, key="once")
    office = scene.office(OFFICER)
    for ask in (
        lambda: scene.send(
            OFFICER, "start_residence_check", stated | {"place_remote": True}, version=version, key="once"
        ),
        lambda: scene.send(OFFICER, "start_residence_check", stated, version=version + 1, key="once"),
        lambda: office.call("POST", f"{scene.path}/papers", body=b'{"form": "V33"}', version=version, key="once"),
    ):
        refused(scene, ask, 422, "idempotency-key-reused")


def test_a_refused_request_does_not_use_up_its_key(scene: Scene, stated: dict[str, Any]) -> None:
    """The officer mends the request and sends it under the same key."""
    assert move_refused(scene, lambda: scene.send(OFFICER, "start_residence_check", {}, key="again"))

    scene.act(OFFICER, "start_residence_check", stated, key="again")


def test_keys_of_two_accounts_do_not_meet(scene: Scene, stated: dict[str, Any]) -> None:
    """A key is its account's own."""
    scene.act(OFFICER, "start_residence_check", stated, key="same")
    reply = scene.send("cax.truong.minhhoa", "record_residence_result", {}, key="same")

    problem_of(reply, 409, "move-refused")


# --- Tokens ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Bearer \xff", "Basic YTpi", "nonsense", ""])
def test_a_token_that_cannot_be_read_is_nobody(scene: Scene, header: str) -> None:
    """Unreadable and unknown are one answer."""
    send = scene.office(OFFICER).wire.send
    reply = send("GET", scene.path, {"Authorization": header}, None)

    problem_of(reply, 401, "sign-in-needed")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_ends_when_it_is_too_old_or_its_account_is_closed(scene: Scene) -> None:
    """A token lasts ninety days; an account that is closed has none."""
    office, closed = scene.office(OFFICER), scene.office("cax.truong.minhhoa")
    scene.change("update account set closed_at = '2026-07-30 00:00:00.000000' where username = 'cax.truong.minhhoa'")
    for token, path in ((closed._token, scene.path), ("x" + str(office._token), scene.path)):
        reply = office.wire.send("GET", path, {"Authorization": f"Bearer {token}"}, None)
        problem_of(reply, 401, "sign-in-needed")


def test_a_wrong_password_does_not_say_what_is_wrong(scene: Scene) -> None:
    """A name that exists and one that does not get the same answer."""
    send = scene.office(OFFICER).wire.send
    answers = []
    for name in (OFFICER, "khong.co.nguoi.nay"):
        body = json.dumps({"username": name, "password": "sai"}).encode()
        answers.append(send("POST", "/api/v1/tokens", {"Content-Type": "application/json"}, body))

    assert problem_of(answers[0], 401, "sign-in-failed") == problem_of(answers[1], 401, "sign-in-failed")


# --- JSON -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b'{"trigger": "\xff"}', 400),
        (b'{"trigger": "x", "fields": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}", 400),
        (b'{"trigger": "x", "fields": {"a": ' + b"9" * 5_000 + b"}}", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"x"', 422),
        (b'{"trigger": "x", "zzz": 1}', 422),
        (b'{"trigger": "x", "\\ud800": 1}', 400),
        (b'{"trigger": "x", "fields": []}', 422),
        (b'{"trigger": 5}', 422),
        (b'{"trigger": ""}', 422),
        (b'{"trigger": "' + b"x" * 61 + b'"}', 422),
        (b'{"trigger": "x", "occurred_at": "2026-07-30T08:00:00"}', 422),
        (b'{"trigger": "x", "occurred_at": "0001-01-01T00:00:00+14:00"}', 422),
        (b'{"trigger": "x", "occurred_at": "9999-12-31T23:59:59-14:00"}', 422),
        (b'{"trigger": "x", "occurred_at": 2.5e-42}', 422),
        (b'{"trigger": "x", "note": "' + b"n" * 20_001 + b'"}', 422),
        (b'{"trigger": "x", "note": "a\\u0000b"}', 422),
        (b'{"trigger": "x", "note": "a\\ud800b"}', 400),
        (b'{"trigger": "x\\ud800"}', 400),
        (b'{"trigger": "x", "fields": {"a\\u0000": 1}}', 422),
        (b'{"trigger": "x", "fields": {"a": [{"b": "\\u0000"}]}}', 422),
        (b'{"trigger": "x", "overrides": {"G": "\\u0000"}}', 422),
        (b'{"trigger": "x", "overrides": {"G": 1}}', 422),
        (b'{"trigger": "x", "overrides": {"\\ud800": "x"}}', 400),
    ],
    ids=str,
)
def test_a_body_that_cannot_be_read_is_refused_before_anything_else(scene: Scene, body: bytes, status: int) -> None:
    """Never a fault of ours: a problem with the item that is wrong."""
    problem = refused(scene, raw(scene, body), status, "invalid-request")

    assert problem["errors"]["json"]


def test_a_body_longer_than_any_upload_is_not_read(scene: Scene) -> None:
    """Told as what it is."""
    refused(scene, raw(scene, b'{"trigger": "' + b"x" * (2 * UPLOAD_BYTES_MAX) + b'"}'), 413, "upload-too-large")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"detected_at": 2.5e-42}, "detected_at"),
        ({"detected_at": "30/07/2026"}, "detected_at"),
        ({"detected_at": "2026-07-30T07:30:00"}, "detected_at"),
        ({"positive_at": "1950-01-01T00:00:00+07:00"}, "positive_at"),
        ({"positive_at": "9999-12-31T23:59:59-14:00"}, "positive_at"),
        ({"place_remote": "yes"}, "place_remote"),
        ({"place_remote": 1}, "place_remote"),
        ({"place_remote": {"a": [1]}}, "place_remote"),
    ],
    ids=str,
)
def test_a_fact_of_the_wrong_shape_is_refused_by_its_name(
    scene: Scene, stated: dict[str, Any], change: dict[str, Any], named: str
) -> None:
    """With the article that asks for it."""
    ask = lambda: scene.send(OFFICER, "start_residence_check", stated | change)  # noqa: E731
    problem = refused(scene, ask, 409, "move-refused")

    (reason,) = problem["reasons"]
    assert (reason["guard"], reason["clause"], reason["basis"]) == ("BAD_FIELD", named, "N58.1")


@pytest.mark.parametrize("value", [2.5e-42, 24.0, "24", True, [24], 1e400])
def test_a_whole_number_is_a_whole_number(before: SceneBefore, recording: Recording, value: object) -> None:
    """Neither a tiny fraction nor a text nor yes counts as one."""
    scene = before("decide_apply")
    stated = recording.fields_of("decide_apply") | {"term_months": value}

    assert "BAD_FIELD.term_months" in move_refused(scene, lambda: scene.send("toa.kv99", "decide_apply", stated))


def test_a_text_longer_than_its_fact_allows_is_refused(before: SceneBefore, recording: Recording) -> None:
    """Twenty thousand characters are room enough, even with accents."""
    scene = before("order_hold")
    stated = recording.fields_of("order_hold")
    ask = lambda text: scene.send("cax.truong.minhhoa", "order_hold", stated | {"hold_reason": text})  # noqa: E731

    assert move_refused(scene, lambda: ask("ấ" * 20_001)) == {"BAD_FIELD.hold_reason"}
    assert ask("ấ" * 20_000).status == 201


@pytest.mark.parametrize(
    "named", ["00000000-0000-4000-8000-000000000000", "@body:TANDKV-99", "nonsense", 5, {"id": 1}], ids=str
)
def test_an_organization_that_does_not_exist_or_fit_is_refused(
    before: SceneBefore, recording: Recording, named: object
) -> None:
    """A court is no facility."""
    scene = before("order_hold")
    stated = recording.fields_of("order_hold") | {"hold_facility": named}
    problem = refused(scene, lambda: scene.send("cax.truong.minhhoa", "order_hold", stated), 409, "move-refused")

    assert {(each["guard"], each["clause"]) for each in problem["reasons"]} >= {("BAD_FIELD", "hold_facility")}


@pytest.mark.parametrize(
    "query",
    [
        "dossiers?q=%00", "dossiers?state=%00", "dossiers?after=%00", "dossiers?holder=x", "dossiers?zzz=1",
        "dossiers?limit=2.5e-42", "dossiers?limit=0", "dossiers?limit=201", "dossiers?due_before=2026",
        "dossiers?due_before=0001-01-01T00:00:00%2B14:00", "persons?q=%00", "persons?after=%00",
        "organizations?after=%00", "organizations?type=%00", "organizations?on=2026-13-01", "inbox?limit=x",
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_right_is_refused(scene: Scene, query: str) -> None:
    """A misspelt filter must not list everything."""
    problem_of(scene.office(OFFICER).call("GET", f"/api/v1/{query}"), 422, "invalid-request")


def test_a_wrong_method_or_address_is_told_as_a_problem(scene: Scene) -> None:
    """Also where no view was reached."""
    office = scene.office(OFFICER)
    reply = office.call("DELETE", scene.path)
    problem_of(reply, 405, "http-405")
    assert "GET" in reply.headers["Allow"]
    for path in ("/api/v1/zzz", "/api/v1/dossiers/1", "/api/v1/dossiers/00000000-0000-4000-8000-000000000000"):
        problem_of(office.call("GET", path), 404, "not-found")
