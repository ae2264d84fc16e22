"""Recording and correcting persons and their relatives."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.models import Account, Organization
from dossiers.errors import InvalidDataError, NotFoundError, StaleVersionError
from dossiers.papers.catalogue import Source
from dossiers.papers.catalogue_files import official_catalogue
from dossiers.people.forms import DETAILS, PersonForm, RelativeForm
from dossiers.people.models import Person, PersonCorrection
from dossiers.people.operations import add_person, add_relative, correct_person, remove_relative
from dossiers.people.queries import id_number, person, same_number
from dossiers.people.sealing import Sealer
from storage.database import Database, open_database
from tests.bodies.houses import AT, TODAY, add_body, add_somebody, own_tables

NUMBER = "099099000001"
FORM = PersonForm(
    "NGUYỄN VĂN THỬ",
    "male",
    date(1999, 1, 1),
    other_name="Tí Thử",
    id_type="CC",
    id_number=NUMBER,
    id_issued_on=date(2024, 8, 5),
    residence="Số 0, đường Mẫu, phường Minh Họa, tỉnh Giả Định",
    details={"subj_education": "9/12", "subj_criminal_record": " không "},
    relatives=(RelativeForm("mother", "LÊ THỊ THỬ", birth_year=1972),),
)


@pytest.fixture
def account(database: Database) -> Account:
    """Add the account that corrects."""
    with database.transaction() as session:
        return add_somebody(session)


@pytest.fixture
def recorded(database: Database, body: Organization, sealer: Sealer) -> Person:
    """Record the person of FORM."""
    with database.transaction() as session:
        return add_person(session, FORM, sealer, body_id=body.id, at=AT)


def complaints(refusal: InvalidDataError) -> list[tuple[str, str | None]]:
    """Return guard and item of every reason."""
    return [(reason.guard, reason.clause) for reason in refusal.reasons]


def correct(session: Session, subject: Person, sealer: Sealer, account: Account, **changes: Any) -> Person:
    """Correct what the session now knows of a person."""
    mine = person(session, subject.id)
    return correct_person(session, mine, changes, sealer, expected_version=mine.version, account_id=account.id, at=AT)


def test_a_person_is_kept_as_stated_with_the_number_sealed(
    database: Database, recorded: Person, sealer: Sealer
) -> None:
    """Texts are tidied; the number opens again; the other name is searchable."""
    with database.reading() as session:
        kept = person(session, recorded.id)
        assert (kept.full_name, kept.folded_name, kept.version) == ("NGUYỄN VĂN THỬ", "nguyen van thu", 1)
        assert kept.details == {"subj_education": "9/12", "subj_criminal_record": "không"}
        assert id_number(kept, sealer) == NUMBER
        assert kept.id_number_index == sealer.index(NUMBER)
        assert [alias.folded_name for alias in kept.aliases] == ["ti thu"]
        assert [(each.relation, each.full_name, each.birth_year) for each in kept.relatives] == [
            ("mother", "LÊ THỊ THỬ", 1972)
        ]


def test_somebody_without_a_paper_is_recorded_too(database: Database, body: Organization, sealer: Sealer) -> None:
    """Two of them do not count as the same person."""
    with database.transaction() as session:
        for name in ("BÙI VĂN MẪU", "BÙI THỊ MẪU"):
            added = add_person(session, PersonForm(name, "male", date(1990, 5, 5)), sealer, body_id=body.id, at=AT)
            assert (added.id_number_index, id_number(added, sealer)) == (None, None)


def test_everything_wrong_with_a_person_is_said_at_once(database: Database, body: Organization, sealer: Sealer) -> None:
    """Name, sex, birth, paper, details and relatives, each with its item; the values are not repeated."""
    bad = PersonForm(
        " \u200b ",
        "unknown",
        TODAY + timedelta(days=1),
        id_type="CCCD",
        id_number="12345",
        id_issued_on=date(2020, 1, 1),
        residence="x" * 301,
        details={"subj_height_m": "cao", "subj_shoe_size": "42"},
        relatives=(RelativeForm("aunt", "", sex="?", birth_year=1850, id_number="099099000009"),),
    )
    with database.transaction() as session, pytest.raises(InvalidDataError) as refusal:
        add_person(session, bad, sealer, body_id=body.id, at=AT)

    assert complaints(refusal.value) == [
        ("EMPTY_NAME", "full_name"),
        ("TOO_LONG", "residence"),
        ("UNKNOWN_SEX", "sex"),
        ("BIRTH_IN_FUTURE", "born_on"),
        ("BAD_ID_NUMBER", "id_number"),
        ("BAD_ISSUE_DATE", "id_issued_on"),
        ("UNKNOWN_ITEM", "details.subj_shoe_size"),
        ("BAD_NUMBER", "details.subj_height_m"),
        ("EMPTY_NAME", "relatives.0.full_name"),
        ("UNKNOWN_RELATION", "relatives.0.relation"),
        ("UNKNOWN_SEX", "relatives.0.sex"),
        ("BAD_BIRTH_YEAR", "relatives.0.birth_year"),
        ("ID_INCOMPLETE", "relatives.0.id_number"),
    ]
    said = " ".join(reason.text.vi + reason.text.en for reason in refusal.value.reasons)
    assert "12345" not in said
    assert "099099000009" not in said
    with database.reading() as session:
        assert session.scalars(select(Person)).all() == []


@pytest.mark.parametrize(
    ("kind", "number", "good"),
    [
        ("CC", "099099000001", True),
        ("CC", "099 099 000 001", True),
        ("CC", "099099001", False),
        ("CCCD", "09909900000a", False),
        ("CMND", "099099001", True),
        ("CMND", "099099000001", True),
        ("CMND", "0990990001", False),
        ("HC", "gd0000012", True),
        ("HC", "1", False),
        ("GPLX", "099099000001", False),
        (None, "099099000001", False),
        ("CC", None, False),
        ("CC", "09909900000١", False),
    ],
)
def test_a_number_must_fit_its_paper(
    database: Database, body: Organization, sealer: Sealer, kind: str | None, number: str | None, *, good: bool
) -> None:
    """Twelve digits for cards, nine or twelve for the old one, freer for passports; never one without the other."""
    form = replace(FORM, id_type=kind, id_number=number)
    with database.transaction() as session:
        if good:
            add_person(session, form, sealer, body_id=body.id, at=AT)
            return
        with pytest.raises(InvalidDataError) as refusal:
            add_person(session, form, sealer, body_id=body.id, at=AT)
    assert len(refusal.value.reasons) == 1


@pytest.mark.parametrize(("born_on", "good"), [(date(1899, 12, 31), False), (date(1900, 1, 1), True), (TODAY, True)])
def test_nobody_was_born_before_1900_or_after_today(
    database: Database, body: Organization, sealer: Sealer, born_on: date, *, good: bool
) -> None:
    """Today is the day in Việt Nam."""
    form = PersonForm("NGUYỄN VĂN THỬ", "male", born_on)
    with database.transaction() as session:
        if good:
            assert add_person(session, form, sealer, body_id=body.id, at=AT).born_on == born_on
            return
        with pytest.raises(InvalidDataError) as refusal:
            add_person(session, form, sealer, body_id=body.id, at=AT)
    assert complaints(refusal.value) == [("BIRTH_TOO_EARLY", "born_on")]


def test_a_body_records_a_number_once_and_another_body_may_record_it_too(
    database: Database, recorded: Person, body: Organization, sealer: Sealer
) -> None:
    """What another body knows is not told; counting earlier episodes finds both records."""
    with database.transaction() as session:
        with pytest.raises(InvalidDataError) as refusal:
            add_person(session, replace(FORM, full_name="TRẦN VĂN THỬ"), sealer, body_id=body.id, at=AT)
        assert complaints(refusal.value) == [("NUMBER_RECORDED", "id_number")]
        other = add_body(session, "CAX-99002")
        second = add_person(session, FORM, sealer, body_id=other.id, at=AT + timedelta(days=1))

        assert [each.id for each in same_number(session, "099 099 000 001", sealer)] == [recorded.id, second.id]


def test_a_correction_keeps_what_the_record_said_before(
    database: Database, recorded: Person, sealer: Sealer, account: Account
) -> None:
    """Only what changed, by whom and when; the old number stays sealed; the old name still finds."""
    with database.transaction() as session:
        changed = correct(
            session,
            recorded,
            sealer,
            account,
            full_name="NGUYỄN VĂN THỨ",
            born_on=date(1998, 1, 1),
            id_number="099099000002",
            details={"subj_education": "", "subj_marks": "nốt ruồi"},
        )

    assert changed.version == 2
    assert changed.details == {"subj_criminal_record": "không", "subj_marks": "nốt ruồi"}
    with database.reading() as session:
        kept = person(session, recorded.id)
        assert id_number(kept, sealer) == "099099000002"
        assert {alias.name for alias in kept.aliases} == {"Tí Thử", "NGUYỄN VĂN THỬ"}
        (correction,) = kept.corrections
        assert (correction.version, correction.account_id, correction.corrected_at) == (1, account.id, AT)
        before = dict(correction.before)
        assert sealer.open(bytes.fromhex(before.pop("id_number_sealed"))) == NUMBER
        assert before == {
            "full_name": "NGUYỄN VĂN THỬ",
            "born_on": "1999-01-01",
            "details": {"subj_education": "9/12", "subj_marks": None},
        }


def test_a_correction_of_what_was_changed_meanwhile_is_refused(
    database: Database, recorded: Person, sealer: Sealer, account: Account
) -> None:
    """The second officer is told the version that is there now."""
    with database.transaction() as session:
        correct(session, recorded, sealer, account, sex="female")
    with database.transaction() as session, pytest.raises(StaleVersionError) as refusal:
        correct_person(
            session,
            person(session, recorded.id),
            {"sex": "male"},
            sealer,
            expected_version=1,
            account_id=account.id,
            at=AT,
        )
    assert refusal.value.current == 2


def test_a_correction_that_changes_nothing_leaves_no_trace(
    database: Database, recorded: Person, sealer: Sealer, account: Account
) -> None:
    """The version stays; the person's own number is no duplicate."""
    with database.transaction() as session:
        correct(session, recorded, sealer, account, full_name=" NGUYỄN  VĂN THỬ", id_number="099-099-000-001")

    with database.reading() as session:
        assert person(session, recorded.id).version == 1
        assert session.scalars(select(PersonCorrection)).all() == []


def test_a_refused_correction_changes_nothing(
    database: Database, recorded: Person, sealer: Sealer, account: Account
) -> None:
    """Unknown items are refused, not ignored, and the record is as before."""
    with database.transaction() as session:
        for changes, complaint in (
            ({"fullname": "X"}, ("UNKNOWN_ITEM", "fullname")),
            ({"relatives": ()}, ("UNKNOWN_ITEM", "relatives")),
            ({"full_name": ""}, ("EMPTY_NAME", "full_name")),
        ):
            with pytest.raises(InvalidDataError) as refusal:
                correct(session, recorded, sealer, account, **changes)
            assert complaints(refusal.value) == [complaint]

    with database.reading() as session:
        kept = person(session, recorded.id)
        assert (kept.full_name, kept.version) == ("NGUYỄN VĂN THỬ", 1)


def test_relatives_are_added_and_taken_out(
    database: Database, recorded: Person, sealer: Sealer, account: Account
) -> None:
    """Each raises the version, so that nobody corrects an old picture; what was taken out is kept."""
    guardian = RelativeForm(
        "guardian",
        "TRẦN VĂN MẪU",
        represents=True,
        sex="male",
        born_on=date(1970, 2, 2),
        id_type="CC",
        id_number="099070000003",
        phone="0900000001",
    )
    with database.transaction() as session:
        mine = person(session, recorded.id)
        added = add_relative(session, mine, guardian, sealer, at=AT)
        assert mine.version == 2
        assert (added.birth_year, added.represents, added.id_number_sealed is None) == (1970, True, False)
        remove_relative(session, mine, added, account_id=account.id, at=AT)
        assert mine.version == 3
        with pytest.raises(InvalidDataError) as refusal:
            add_relative(session, mine, replace(guardian, full_name=" "), sealer, at=AT)
    assert complaints(refusal.value) == [("EMPTY_NAME", "full_name")]

    with database.reading() as session:
        kept = person(session, recorded.id)
        assert [each.relation for each in kept.relatives] == ["mother"]
        before = kept.corrections[0].before["relative"]
        assert (before["full_name"], before["born_on"]) == ("TRẦN VĂN MẪU", "1970-02-02")
        assert sealer.open(bytes.fromhex(before["id_number_sealed"])) == "099070000003"


def test_nobody_is_not_found(database: Database, recorded: Person) -> None:
    """An id that was never given."""
    with database.reading() as session, pytest.raises(NotFoundError):
        person(session, recorded.created_by_body_id)


def test_no_identity_number_stands_in_the_database(
    database: Database, database_url: str, recorded: Person, sealer: Sealer, account: Account, tmp_path: Path
) -> None:
    """Not in any file of SQLite nor in any column of PostgreSQL, also after a correction."""
    with database.transaction() as session:
        correct(session, recorded, sealer, account, id_number="099099000002")
        add_relative(
            session, person(session, recorded.id),
            RelativeForm("father", "NGUYỄN VĂN MẪU", id_type="CC", id_number="099070000003"), sealer, at=AT,
        )  # fmt: skip
    database.dispose()
    if database.dialect == "sqlite":
        kept = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))
    else:
        opened = open_database(database_url)
        with opened.reading() as session:
            rows = [list(session.execute(select(table)).all()) for table in own_tables()]
        opened.dispose()
        kept = repr(rows).encode()

    assert "NGUYỄN VĂN THỬ".encode() in kept
    for number in (NUMBER, "099099000002", "099070000003"):
        assert number.encode() not in kept
        assert number.encode("utf-16-le") not in kept


def test_the_details_are_those_that_the_forms_ask_of_the_person() -> None:
    """What the dictionary of the forms takes from the person is a column or a detail, and nothing else is."""
    variables = official_catalogue().variables
    asked = {name for name, variable in variables.items() if variable.source is Source.SUBJECT}
    columns = {
        "subj_full_name", "subj_other_name", "subj_gender", "subj_dob", "subj_id_type", "subj_id_number",
        "subj_id_issue_date", "subj_id_issue_place", "subj_residence",
    }  # fmt: skip

    assert set(DETAILS) == asked - columns
