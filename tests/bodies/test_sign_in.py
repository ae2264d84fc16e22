"""Signing in, wrong passwords, and the pauses that follow them."""

import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from dossiers.bodies import passwords
from dossiers.bodies.models import Account, SignInAttempt
from dossiers.bodies.operations import (
    begin_sign_in,
    change_password,
    close_account,
    finish_sign_in,
    forget_sign_in_attempts,
    reset_password,
    sign_in,
)
from dossiers.bodies.throttling import FAILURES_MAX, PAUSE_FIRST, PAUSE_MAX, WINDOW, paused_until
from dossiers.errors import DossierError, SignInFailedError, SignInPausedError
from storage.database import Database, open_database
from tests.bodies.houses import AT, PASSWORD, add_somebody

NAME = "can.bo.thu"
HASHED = PasswordHasher().hash(PASSWORD)


@pytest.fixture(autouse=True)
def real_hasher(monkeypatch):
    """Other tests of this process may have put a quick one in its place."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher())


SECOND = timedelta(seconds=1)


@pytest.fixture
def account(database: Database) -> Account:
    """Add an account that PASSWORD opens."""
    with database.transaction() as session:
        return add_somebody(session, NAME, HASHED)


@pytest.fixture
def other_process(database_url: str) -> Iterator[Database]:
    """Open the same database once more, as another process would."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def fail(database: Database, times: int, name: str = NAME) -> None:
    """Sign in with a wrong password, second after second."""
    for number in range(times):
        with pytest.raises(SignInFailedError):
            sign_in(database, name, "sai mật khẩu", at=AT + number * SECOND)


def test_name_and_password_open_the_account(database: Database, account: Account) -> None:
    """Spaces around the name and capitals in it do no harm."""
    assert sign_in(database, " Can.Bo.Thu ", PASSWORD, at=AT).id == account.id


def test_the_same_password_opens_whatever_way_a_keyboard_writes_its_accents(
    database: Database, account: Account
) -> None:
    """Composed and decomposed letters are one password."""
    decomposed = unicodedata.normalize("NFD", PASSWORD)

    assert decomposed != PASSWORD
    assert sign_in(database, NAME, decomposed, at=AT).id == account.id


def test_an_unknown_name_a_wrong_password_and_a_closed_account_are_refused_alike(
    database: Database, account: Account
) -> None:
    """Nobody learns which names exist."""
    refusals = []
    for name, password in ((NAME, "sai mật khẩu"), ("khong.ai", PASSWORD), ("ai đó \ud800", PASSWORD)):
        with pytest.raises(SignInFailedError) as refusal:
            sign_in(database, name, password, at=AT)
        refusals.append(refusal.value)
    with database.transaction() as session:
        close_account(session, session.get_one(Account, account.id), at=AT)
    with pytest.raises(SignInFailedError) as refusal:
        sign_in(database, NAME, PASSWORD, at=AT)
    refusals.append(refusal.value)

    assert {(type(each), each.detail) for each in refusals} == {(SignInFailedError, SignInFailedError.title)}


def test_the_hash_for_nobody_takes_as_much_work_as_a_real_one_and_fits_nothing() -> None:
    """Even the password it was made of does not open it."""
    assert not passwords.needs_rehash(passwords._NOBODY)
    assert PasswordHasher().verify(passwords._NOBODY, "a")
    assert not passwords.verify("a", None)


def test_a_failure_is_kept_although_the_answer_is_a_refusal(database: Database, account: Account) -> None:
    """The refusal does not undo the note of it; the typed name itself is not kept."""
    fail(database, 1)

    with database.reading() as session:
        attempt = session.scalars(select(SignInAttempt)).one()
    assert not attempt.succeeded
    assert NAME not in attempt.name_sha256
    assert len(attempt.name_sha256) == 64


@pytest.mark.parametrize("name", [NAME, "khong.ai"])
def test_five_failures_pause_a_name_in_every_process(
    database: Database, other_process: Database, account: Account, name: str
) -> None:
    """Failures add up across processes; in the pause even the right password is not looked at."""
    fail(database, 3, name)
    fail(other_process, 2, name)
    for each in (database, other_process):
        with pytest.raises(SignInPausedError) as refusal:
            sign_in(each, name, PASSWORD, at=AT + 3 * SECOND)
        assert refusal.value.pause_s == 29
        assert "29 giây" in refusal.value.detail.vi


def test_a_pause_concerns_one_name_only(database: Database, account: Account) -> None:
    """Guessing at one account does not lock others out."""
    fail(database, 5, "khong.ai")

    assert sign_in(database, NAME, PASSWORD, at=AT + 6 * SECOND).id == account.id


def test_after_the_pause_the_right_password_opens_and_failures_are_forgotten(
    database: Database, account: Account
) -> None:
    """Four new slips are then free again."""
    fail(database, 5)
    later = AT + timedelta(minutes=1)
    sign_in(database, NAME, PASSWORD, at=later)
    for number in range(1, 5):
        with pytest.raises(SignInFailedError) as refusal:
            sign_in(database, NAME, "sai mật khẩu", at=later + number * SECOND)
        assert type(refusal.value) is SignInFailedError

    assert sign_in(database, NAME, PASSWORD, at=later + 5 * SECOND).id == account.id


def test_each_failure_after_a_pause_doubles_the_next(database: Database, account: Account) -> None:
    """30 seconds, then 60."""
    fail(database, 5)
    after_pause = AT + 4 * SECOND + PAUSE_FIRST
    with pytest.raises(SignInFailedError):
        sign_in(database, NAME, "sai mật khẩu", at=after_pause)
    with pytest.raises(SignInPausedError) as refusal:
        sign_in(database, NAME, PASSWORD, at=after_pause + SECOND)

    assert refusal.value.pause_s == 59


def test_guesses_at_the_same_time_do_not_pass_the_limit(
    database: Database, other_process: Database, account: Account
) -> None:
    """Of twelve in two processes five are looked at."""

    def guess(number: int) -> str:
        try:
            sign_in((database, other_process)[number % 2], NAME, "sai mật khẩu", at=AT)
        except DossierError as refusal:
            return refusal.code
        return "let in"

    with ThreadPoolExecutor(12) as pool:
        answers = sorted(pool.map(guess, range(12)))

    assert answers == ["sign-in-failed"] * 5 + ["sign-in-paused"] * 7


def test_a_hash_of_weaker_parameters_is_replaced_when_its_password_is_used(database: Database) -> None:
    """The new hash opens as well."""
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    with database.transaction() as session:
        add_somebody(session, NAME, weak)
    sign_in(database, NAME, PASSWORD, at=AT)
    with database.reading() as session:
        kept = session.scalars(select(Account.password_hash)).one()

    assert not passwords.needs_rehash(kept)
    assert passwords.verify(PASSWORD, kept)


def test_a_password_changed_while_it_was_checked_lets_nobody_in(database: Database, account: Account) -> None:
    """Between the two units of work the password is reset."""
    with database.transaction() as session:
        pending = begin_sign_in(session, NAME, at=AT)
    with database.transaction() as session:
        reset_password(session, session.get_one(Account, account.id), "một mật khẩu khác hẳn", at=AT)
    with database.transaction() as session, pytest.raises(SignInFailedError):
        finish_sign_in(session, pending)


def test_a_changed_password_ends_all_sessions(database: Database, account: Account) -> None:
    """The epoch that cookies carry moves on; the old password is worth nothing."""
    with database.transaction() as session:
        mine = session.get_one(Account, account.id)
        with pytest.raises(SignInFailedError):
            change_password(session, mine, "sai mật khẩu", "một mật khẩu khác hẳn", at=AT)
        change_password(session, mine, PASSWORD, "một mật khẩu khác hẳn", at=AT)

    assert mine.session_epoch == 1
    assert sign_in(database, NAME, "một mật khẩu khác hẳn", at=AT).id == account.id
    with pytest.raises(SignInFailedError):
        sign_in(database, NAME, PASSWORD, at=AT)


def test_old_attempts_can_be_forgotten(database: Database, account: Account) -> None:
    """Only those before the stated time go."""
    fail(database, 3)
    with database.transaction() as session:
        assert forget_sign_in_attempts(session, before=AT + 2 * SECOND) == 2
    with database.reading() as session:
        assert len(session.scalars(select(SignInAttempt)).all()) == 1


GAPS = st.lists(st.integers(min_value=0, max_value=3000), max_size=30)


def moments(gaps: list[int]) -> list:
    """Return moments with the gaps (seconds) between them."""
    found, now = [], AT
    for gap in gaps:
        now += gap * SECOND
        found.append(now)
    return found


@given(GAPS)
def test_a_pause_starts_at_the_last_failure_and_stays_within_its_bounds(gaps: list[int]) -> None:
    """No pause is shorter than the first or longer than the longest."""
    failures = moments(gaps)
    until = paused_until(failures)

    assert until is None or PAUSE_FIRST <= until - failures[-1] <= PAUSE_MAX


@given(GAPS)
def test_fewer_than_five_failures_in_a_window_never_pause(gaps: list[int]) -> None:
    """Nobody waits for slips that are far apart; whoever makes five at once waits."""
    failures = moments(gaps)
    crowded = any(
        sum(1 for each in failures[: number + 1] if last - each < WINDOW) >= FAILURES_MAX
        for number, last in enumerate(failures)
    )

    if not crowded:
        assert paused_until(failures) is None
    assert paused_until([*failures, *[AT + timedelta(days=9)] * FAILURES_MAX]) == AT + timedelta(days=9) + PAUSE_FIRST


@given(st.integers(min_value=1, max_value=12))
def test_failures_that_keep_coming_double_the_pause_up_to_the_longest(further: int) -> None:
    """Each new failure right after a pause doubles it."""
    failures = [AT] * FAILURES_MAX
    for _ in range(further):
        until = paused_until(failures)
        assert until is not None
        failures.append(until)
    until = paused_until(failures)

    assert until is not None
    assert until - failures[-1] == min(PAUSE_FIRST * 2**further, PAUSE_MAX)
