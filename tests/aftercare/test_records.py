"""Records of aftercare: by whom, when, corrected by others, and every one of them held against the diary."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from dossiers.aftercare.forms import AftercareForm
from dossiers.aftercare.kinds import KINDS
from dossiers.aftercare.operations import record_aftercare
from dossiers.bodies.access import actor_of
from dossiers.bodies.models import Account
from dossiers.errors import InvalidDataError, NotAllowedError, NotFoundError, StaleVersionError
from dossiers.evidence.folding import dossier_problems
from dossiers.files.models import Dossier

OFFICER, CHAIR, COURT, OTHER = "cax.canbo.minhhoa", "ubnd.chutich.minhhoa", "toa.kv99", "cax.canbo.thunghiem"
TODAY = date(2028, 8, 4)
VISIT = {"place": "Nhà riêng (giả định)", "who": "LÊ THỊ LẬP", "findings": "Ổn định (giả định)."}
RECORDS = {
    "team": {"duty": "responsible", "name": "LÊ THỊ LẬP", "role": "police"},
    "visit": VISIT,
    "test": {"test_kind": "urine", "result": "positive"},
    "absence": {"reported": "not_allowed"},
    "support": {"support_kind": "training", "stage": "planned", "detail": "Học sửa xe máy (giả định)."},
}


def record(scene, by=OFFICER, kind="visit", values=None, *, version=None, on=TODAY, **more):
    """Record something as an account and return the id of the record."""
    with scene.house.database.transaction() as session:
        account = session.scalars(select(Account).where(Account.username == by)).one()
        made = record_aftercare(
            session,
            scene.house.law,
            UUID(scene.dossier_id),
            AftercareForm(kind, on, values=RECORDS[kind] if values is None else values, **more),
            expected_version=scene.version if version is None else version,
            actor=actor_of(session, account, on=TODAY),
            at=scene.house.now(),
        )
        return made.id


def problems(scene):
    """Return what an audit says about the dossier."""
    with scene.house.database.reading() as session:
        return dossier_problems(session, session.get_one(Dossier, UUID(scene.dossier_id)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_leaves_an_entry_and_the_audit_agrees(after, kind):
    """State and limits stay as they were: recording moves nothing."""
    scene = after("start_post_rehab")
    version, limits = scene.version, scene.rows("select * from deadline")

    record(scene, kind=kind)

    assert (scene.version, scene.state) == (version + 1, "POST_REHAB")
    assert scene.rows("select * from deadline") == limits
    told = scene.rows("select kind, trigger from diary where seq = ?", version + 1)
    assert told == [("aftercare", f"aftercare_recorded.{kind}")]
    assert problems(scene) == []


def test_the_diary_holds_the_hash_of_what_was_found_and_not_the_words(after):
    """What is said about health stays in one place."""
    scene = after("start_post_rehab")

    record(scene)

    assert scene.rows("select count(*) from diary where payload like '%n định%'") == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "update aftercare_record set content = json_set(content, '$.findings', 'x')",
        "update aftercare_record set on_date = '2028-08-03'",
        "update aftercare_record set mark = 'negative'",
        "update aftercare_record set withdrawn = 1",
        "update aftercare_record set recorded_at = '2028-08-05 00:00:00.000000'",
        "update aftercare_record set account_id = (select id from account where username = 'toa.kv99')",
        "delete from aftercare_record",
    ],
)
def test_a_changed_record_is_found_out(after, statement):
    """Each with one statement past the program."""
    scene = after("start_post_rehab")
    record(scene)

    scene.change(statement)

    assert [problem.partition(":")[0] for problem in problems(scene)] == ["aftercare"]


def test_a_correction_replaces_and_both_stay(after):
    """A record is corrected once; the correction may be corrected again."""
    scene = after("start_post_rehab")
    first = record(scene)

    second = record(scene, CHAIR, values={**VISIT, "place": "Trụ sở (giả định)"}, replaces=first, why="Ghi sai nơi")
    with pytest.raises(InvalidDataError):
        record(scene, replaces=first, why="Lần nữa")
    record(scene, replaces=second, why="Nhầm người", withdrawn=True)

    assert scene.rows("select count(*) from aftercare_record") == [(3,)]
    assert problems(scene) == []
    with pytest.raises(NotFoundError):
        record(scene, kind="test", replaces=second, why="Khác loại")
    with pytest.raises(NotFoundError):
        record(scene, replaces=uuid4(), why="Không có")


def test_who_takes_no_part_or_has_no_right_records_nothing(after):
    """The court takes part but has no such right; another commune does not know of the dossier."""
    scene = after("start_post_rehab")
    before = scene.traces()

    with pytest.raises(NotAllowedError):
        record(scene, COURT)
    with pytest.raises(NotFoundError):
        record(scene, OTHER)
    with pytest.raises(StaleVersionError):
        record(scene, version=3)
    with pytest.raises(NotFoundError):
        record(scene, kind="visit", values={}, on=TODAY, replaces=uuid4())

    assert scene.traces() == before


@pytest.mark.parametrize("move", ["file_to_court", "admit", "complete_post_rehab"])
def test_records_are_made_only_in_the_phase_after_rehab(after, move):
    """Before release and after the end there is nothing to record."""
    scene = after(move)

    with pytest.raises(InvalidDataError) as refused:
        record(scene, on=scene.house.now().date())

    assert [reason.guard for reason in refused.value.reasons] == ["NOT_AFTERCARE"]


@pytest.mark.parametrize(
    ("kind", "values", "days", "items"),
    [
        ("visit", {}, {}, {"place", "who", "findings"}),
        ("visit", VISIT, {"on": date(2028, 8, 5)}, {"on_date"}),
        ("visit", VISIT, {"on": date(2020, 1, 1)}, {"on_date"}),
        ("visit", VISIT, {"until": TODAY}, {"until_date"}),
        ("visit", {**VISIT, "place": "x" * 201}, {}, {"place"}),
        ("absence", RECORDS["absence"], {"until": date(2028, 8, 1)}, {"until_date"}),
        ("test", {"test_kind": "urine", "result": "maybe"}, {}, {"result"}),
        ("team", {"duty": "member", "role": "police"}, {}, {"name"}),
        ("team", {"duty": "member", "role": "police", "account": str(uuid4())}, {}, {"account"}),
        ("visit", VISIT, {"replaces": "first"}, {"correction_reason"}),
    ],
)
def test_everything_wrong_is_said_at_once_at_its_item(after, kind, values, days, items):
    """And nothing is written."""
    scene = after("start_post_rehab")
    if days.get("replaces") == "first":
        days = {"replaces": record(scene)}
    before = scene.traces()

    with pytest.raises(InvalidDataError) as refused:
        record(scene, kind=kind, values=values, **days)

    assert {reason.clause for reason in refused.value.reasons} == items
    assert scene.traces() == before
