"""Accounts, offices in bodies, and tokens for programs."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from dossiers.bodies import passwords
from dossiers.bodies.access import account_of_token
from dossiers.bodies.models import AccessToken, Account
from dossiers.bodies.operations import (
    add_account,
    close_account,
    end_membership,
    grant_membership,
    issue_token,
    reset_password,
    revoke_token,
)
from dossiers.bodies.queries import account_named, members, tokens
from dossiers.errors import InvalidDataError, TokenRefusedError
from storage.database import Database
from tests.bodies.houses import AT, PASSWORD, SINCE, TODAY, add_body, add_somebody

DAY = timedelta(days=1)


def guards(refusal: InvalidDataError) -> list[str]:
    """Return what a refusal complains of."""
    return [reason.guard for reason in refusal.reasons]


def test_an_account_keeps_a_hash_and_never_the_password(database: Database) -> None:
    """The password is nowhere in the row."""
    with database.transaction() as session:
        account = add_account(session, "can.bo.thu", " NGUYỄN VĂN THỬ ", PASSWORD, rank="Đại úy", at=AT)

    with database.reading() as session:
        kept = account_named(session, "Can.Bo.Thu")
        assert kept is not None
        assert kept.id == account.id
        assert (kept.full_name, kept.rank, kept.session_epoch) == ("NGUYỄN VĂN THỬ", "Đại úy", 0)
        assert PASSWORD not in repr(vars(kept))
        assert passwords.verify(PASSWORD, kept.password_hash)


def test_everything_wrong_with_an_account_is_said_at_once(database: Database) -> None:
    """Name, full name, rank and password are all named."""
    with database.transaction() as session, pytest.raises(InvalidDataError) as refusal:
        add_account(session, "Cán bộ", "  ", "ngắn", rank="x" * 81, at=AT)

    assert guards(refusal.value) == ["BAD_USERNAME", "EMPTY", "BAD_TEXT", "BAD_PASSWORD"]


def test_a_user_name_is_given_once_and_stands_in_no_password(database: Database) -> None:
    """Even after its account was closed the name stays taken."""
    with database.transaction() as session:
        close_account(session, add_somebody(session), at=AT)
        with pytest.raises(InvalidDataError) as refusal:
            add_account(session, "can.bo.thu", "TRẦN THỊ MẪU", "abc Can.Bo.Thu xyz", at=AT)

    assert guards(refusal.value) == ["USERNAME_TAKEN", "NAME_IN_PASSWORD"]


def test_an_office_is_held_only_in_the_right_kind_of_body(database: Database) -> None:
    """A court has no head of commune police; an invented office exists nowhere."""
    with database.transaction() as session:
        account, court = add_somebody(session), add_body(session, "TANDKV-99", "regional_court")
        for role, complaint in (("CAX_HEAD", "WRONG_BODY"), ("KING", "UNKNOWN_ROLE")):
            with pytest.raises(InvalidDataError) as refusal:
                grant_membership(session, account, court, role, valid_from=TODAY, at=AT)
            assert guards(refusal.value) == [complaint]
        grant_membership(session, account, court, "TANDKV", valid_from=TODAY, at=AT)


def test_an_office_must_fit_the_days_of_its_body_and_of_itself(database: Database) -> None:
    """Not before the body, not backwards, and not for a closed account."""
    with database.transaction() as session:
        account, police = add_somebody(session), add_body(session, "CAX-99001")
        close_account(session, account, at=AT)
        with pytest.raises(InvalidDataError) as refusal:
            grant_membership(
                session, account, police, "CAX_OFF", valid_from=SINCE - DAY, valid_to=SINCE - 2 * DAY, at=AT
            )

    assert guards(refusal.value) == ["BAD_DAYS", "NO_BODY", "ACCOUNT_CLOSED"]


def test_an_office_is_not_held_twice_at_a_time(database: Database) -> None:
    """It can be taken up again on the day it ended."""
    with database.transaction() as session:
        account, police = add_somebody(session), add_body(session, "CAX-99001")
        first = grant_membership(session, account, police, "CAX_OFF", valid_from=SINCE, at=AT)
        with pytest.raises(InvalidDataError) as refusal:
            grant_membership(session, account, police, "CAX_OFF", valid_from=TODAY, at=AT)
        assert guards(refusal.value) == ["OFFICE_HELD"]
        grant_membership(session, account, police, "CAX_HEAD", valid_from=TODAY, at=AT)
        end_membership(session, first, on=TODAY, at=AT)
        grant_membership(session, account, police, "CAX_OFF", valid_from=TODAY, at=AT)

        assert [each.role for each in members(session, police, on=TODAY)] == ["CAX_HEAD", "CAX_OFF"]
        assert [each.id for each in members(session, police, on=TODAY - DAY)] == [first.id]


@pytest.mark.parametrize("on", [SINCE, SINCE - DAY, TODAY + DAY])
def test_an_office_does_not_end_before_it_began_or_after_its_end(database: Database, on: date) -> None:
    """It was held at least one day, and ending it cannot make it longer."""
    with database.transaction() as session:
        account, police = add_somebody(session), add_body(session, "CAX-99001")
        held = grant_membership(session, account, police, "CAX_OFF", valid_from=SINCE, valid_to=TODAY, at=AT)
        with pytest.raises(InvalidDataError) as refusal:
            end_membership(session, held, on=on, at=AT)

    assert guards(refusal.value) == ["BAD_DAY"]
    assert held.valid_to == TODAY


def test_a_token_opens_its_account_until_its_last_moment(database: Database) -> None:
    """Only the SHA-256 of it is kept."""
    with database.transaction() as session:
        account = add_somebody(session)
        token = issue_token(session, account, "máy quét", at=AT, days=2)
        kept = session.scalars(select(AccessToken)).one()
        assert account_of_token(session, token, at=AT + 2 * DAY - timedelta(microseconds=1)) is account
        with pytest.raises(TokenRefusedError):
            account_of_token(session, token, at=AT + 2 * DAY)
        with pytest.raises(TokenRefusedError):
            account_of_token(session, token[:-1], at=AT)

    assert token.startswith("hoso_")
    assert token not in repr(vars(kept))


def test_a_revoked_token_opens_nothing(database: Database) -> None:
    """Others of the same account go on."""
    with database.transaction() as session:
        account = add_somebody(session)
        first, second = (issue_token(session, account, label, at=AT) for label in ("một", "hai"))
        row = next(each for each in tokens(session, account) if each.label == "một")
        revoke_token(session, row, at=AT)
        revoke_token(session, row, at=AT + DAY)

        assert row.revoked_at == AT
        with pytest.raises(TokenRefusedError):
            account_of_token(session, first, at=AT)
        assert account_of_token(session, second, at=AT) is account


@pytest.mark.parametrize("act", [close_account, partial(reset_password, new=PASSWORD)])
def test_closing_an_account_or_resetting_its_password_ends_sessions_and_tokens(
    database: Database, act: Callable[..., None]
) -> None:
    """Who was in is out."""
    with database.transaction() as session:
        account = add_somebody(session)
        token = issue_token(session, account, "máy quét", at=AT)
        act(session, account, at=AT)
        with pytest.raises(TokenRefusedError):
            account_of_token(session, token, at=AT)

    with database.reading() as session:
        kept = session.get_one(Account, account.id)
        assert kept.session_epoch == 1
        assert session.scalars(select(AccessToken.revoked_at)).all() == [AT]


@pytest.mark.parametrize(("label", "days", "complaints"), [("", 0, ["EMPTY", "BAD_DAYS"]), ("x", 367, ["BAD_DAYS"])])
def test_a_token_needs_a_label_and_an_end(database: Database, label: str, days: int, complaints: list[str]) -> None:
    """At most a year and a day; a closed account gets none."""
    with database.transaction() as session:
        account = add_somebody(session)
        with pytest.raises(InvalidDataError) as refusal:
            issue_token(session, account, label, at=AT, days=days)
        assert guards(refusal.value) == complaints
        close_account(session, account, at=AT)
        with pytest.raises(InvalidDataError) as refusal:
            issue_token(session, account, "máy quét", at=AT)
        assert guards(refusal.value) == ["ACCOUNT_CLOSED"]
