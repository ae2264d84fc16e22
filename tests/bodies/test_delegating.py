"""Delegations: who may act in a head's office, from when to when, and never longer, further or in silence."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from dossiers.bodies.access import actor_of, may
from dossiers.bodies.delegating import DelegationForm, colleagues, delegate, delegations_of, own_office, revoke
from dossiers.bodies.kinds import ROLES
from dossiers.bodies.models import Account, Delegation, Membership
from dossiers.bodies.operations import add_account, close_account, end_membership, grant_membership
from dossiers.errors import InvalidDataError, NotAllowedError, NotFoundError
from tests.bodies.houses import AT, PASSWORD, SINCE, TODAY, add_body

DAY = timedelta(days=1)


@pytest.fixture
def office(database):
    """A commune's police with its head and two officers, and a neighbour's head."""
    with database.transaction() as session:
        here, there = add_body(session, "CAX-1", "commune_police"), add_body(session, "CAX-2", "commune_police")
        for name, body, role in (
            ("truong", here, "CAX_HEAD"),
            ("canbo1", here, "CAX_OFF"),
            ("canbo2", here, "CAX_OFF"),
            ("truong.ban", there, "CAX_HEAD"),
            ("canbo.ban", there, "CAX_OFF"),
        ):
            account = add_account(session, f"cax.{name}", f"NGƯỜI {name.upper()}", PASSWORD, rank="", at=AT)
            grant_membership(session, account, body, role, valid_from=SINCE, at=AT)
    return database


def account(session, name):
    """Return an account."""
    return session.scalars(select(Account).where(Account.username == f"cax.{name}")).one()


def acting(session, name, on=TODAY):
    """Return somebody as on a day."""
    return actor_of(session, account(session, name), on=on)


def form(session, to="canbo1", **changes):
    """Return a form without faults."""
    good = DelegationForm(
        account(session, to).id, "01/UQ-CAX", TODAY, "Đi công tác (giả định).", TODAY, TODAY + 10 * DAY
    )
    return replace(good, **changes)


def given(session, by="truong", on=TODAY, **changes):
    """Let a head delegate."""
    return delegate(session, form(session, **changes), actor=acting(session, by, on), on=on, at=AT)


def roles(session, name, on=TODAY):
    """Return the offices that somebody can act in on a day, the own ones first."""
    return [(each.role, each.delegated is not None) for each in acting(session, name, on).offices]


def items(refusal):
    """Return the items that a refusal names."""
    return sorted(reason.clause for reason in refusal.value.reasons)


def test_a_colleague_acts_in_the_office_for_the_time_and_not_a_day_longer(office):
    """From the first day up to the day before the end; the own office stays first."""
    with office.transaction() as session:
        given(session, valid_from=TODAY + DAY, valid_to=TODAY + 3 * DAY)
        assert roles(session, "canbo1") == [("CAX_OFF", False)]
        for days in (1, 2):
            assert roles(session, "canbo1", TODAY + days * DAY) == [("CAX_OFF", False), ("CAX_HEAD", True)]
        assert roles(session, "canbo1", TODAY + 3 * DAY) == [("CAX_OFF", False)]
        assert roles(session, "canbo2", TODAY + DAY) == [("CAX_OFF", False)]
        assert roles(session, "truong", TODAY + DAY) == [("CAX_HEAD", False)]


def test_the_office_says_by_which_decision_it_is_held(office):
    """What the diary repeats."""
    with office.transaction() as session:
        made = given(session)
        said = acting(session, "canbo1").offices[1].delegated

        assert (said.delegation_id, said.giver_id) == (made.membership_id, account(session, "truong").id)
        assert (said.decision_no, said.decision_date) == ("01/UQ-CAX", TODAY)


def test_taken_back_it_ends_at_once_and_stays_in_the_list(office):
    """Also when the colleague is signed in: offices are read anew at each act."""
    with office.transaction() as session:
        made = given(session)
        revoke(session, made.membership_id, actor=acting(session, "truong"), at=AT)
        revoke(session, made.membership_id, actor=acting(session, "truong"), at=AT + DAY)

        assert roles(session, "canbo1") == [("CAX_OFF", False)]
        (kept,) = delegations_of(session, acting(session, "canbo1"))
        assert (kept.revoked_at, kept.revoked_by_id) == (AT, account(session, "truong").id)


def test_it_ends_with_the_heads_own_office(office):
    """Nobody acts for a head who is none."""
    with office.transaction() as session:
        given(session)
        head = session.scalars(select(Membership).where(Membership.account_id == account(session, "truong").id)).one()
        end_membership(session, head, on=TODAY + DAY, at=AT)

        assert roles(session, "canbo1") == [("CAX_OFF", False), ("CAX_HEAD", True)]
        assert roles(session, "canbo1", TODAY + DAY) == [("CAX_OFF", False)]


def test_it_ends_when_either_side_leaves(office):
    """The colleague's own office, or the head's account."""
    with office.transaction() as session:
        given(session)
        own = session.scalars(
            select(Membership).where(
                Membership.account_id == account(session, "canbo1").id, Membership.role == "CAX_OFF"
            )
        ).one()
        end_membership(session, own, on=TODAY + DAY, at=AT)
        assert roles(session, "canbo1", TODAY + DAY) == []
        given(session, to="canbo2")
        assert roles(session, "canbo2") == [("CAX_OFF", False), ("CAX_HEAD", True)]
        close_account(session, account(session, "truong"), at=AT)
        assert roles(session, "canbo2") == [("CAX_OFF", False)]


def test_what_was_delegated_is_not_passed_on(office):
    """The right comes with the office, the office of one's own does not."""
    with office.transaction() as session:
        given(session)
        deputy = acting(session, "canbo1")
        assert may(deputy, "delegation:write")
        with pytest.raises(NotAllowedError):
            delegate(session, form(session, "canbo2"), actor=deputy, on=TODAY, at=AT)
        head = own_office(session, acting(session, "truong"), on=TODAY)
        assert {each.username for each in colleagues(session, head, on=TODAY)} == {"cax.canbo1", "cax.canbo2"}


@pytest.mark.parametrize("to", ["truong", "canbo.ban", "truong.ban", None])
def test_only_a_colleague_of_the_same_body_can_be_chosen(office, to):
    """Not oneself, nobody of the neighbours, nobody at all."""
    with office.transaction() as session:
        receiver = account(session, to).id if to else None
        with pytest.raises(InvalidDataError) as refusal:
            given(session, receiver_id=receiver)
        assert items(refusal) == ["receiver"]
        assert session.scalars(select(Delegation)).all() == []


def test_who_has_left_cannot_be_chosen(office):
    """A closed account acts for nobody."""
    with office.transaction() as session:
        close_account(session, account(session, "canbo1"), at=AT)
        with pytest.raises(InvalidDataError) as refusal:
            given(session)
        assert items(refusal) == ["receiver"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"decision_no": ""}, ["decision_no"]),
        ({"decision_no": "x" * 61, "reason": "x" * 501}, ["decision_no", "reason"]),
        ({"reason": "", "valid_to": None}, ["reason", "valid_to"]),
        ({"decision_date": TODAY + DAY, "valid_from": TODAY + 2 * DAY}, ["decision_date"]),
        ({"valid_from": TODAY - DAY, "decision_date": TODAY - DAY}, ["valid_from"]),
        ({"valid_to": TODAY}, ["valid_to"]),
        ({"decision_date": None, "valid_from": None, "valid_to": None}, ["decision_date", "valid_from", "valid_to"]),
    ],
)
def test_every_fault_is_named_at_once_and_nothing_is_kept(office, changes, named):
    """No decision, no end, no past."""
    with office.transaction() as session:
        with pytest.raises(InvalidDataError) as refusal:
            given(session, **changes)
        assert items(refusal) == named
        assert session.scalars(select(Delegation)).all() == []
        assert roles(session, "canbo1") == [("CAX_OFF", False)]


def test_it_cannot_outlast_the_heads_own_office(office):
    """A head for a month delegates for a month."""
    with office.transaction() as session:
        head = session.scalars(select(Membership).where(Membership.account_id == account(session, "truong").id)).one()
        end_membership(session, head, on=TODAY + 5 * DAY, at=AT)
        with pytest.raises(InvalidDataError) as refusal:
            given(session)
        assert items(refusal) == ["valid_to"]
        given(session, valid_to=TODAY + 5 * DAY)


def test_twice_for_the_same_time_is_refused(office):
    """One decision at a time."""
    with office.transaction() as session:
        given(session)
        with pytest.raises(InvalidDataError):
            given(session, decision_no="02/UQ-CAX")


def test_officers_delegate_nothing_and_nobody_takes_back_what_another_gave(office):
    """But who keeps the accounts does."""
    with office.transaction() as session:
        made = given(session)
        with pytest.raises(NotAllowedError):
            given(session, by="canbo2", to="canbo1")
        for name in ("canbo1", "canbo2", "truong.ban"):
            with pytest.raises(NotFoundError):
                revoke(session, made.membership_id, actor=acting(session, name), at=AT)
        assert delegations_of(session, acting(session, "truong.ban")) == []
        revoke(session, made.membership_id, actor=acting(session, "truong.ban"), everywhere=True, at=AT)
        assert roles(session, "canbo1") == [("CAX_OFF", False)]


def test_the_data_delegates_only_between_offices_of_one_body_and_never_a_judge():
    """An office that can be delegated has the right to, and the other way round."""
    for role in ROLES.values():
        assert bool(role.delegable_to) == ("delegation:write" in role.rights)
        assert all(ROLES[other].held_in & role.held_in for other in role.delegable_to)
        assert role.id not in role.delegable_to
    assert not any(ROLES[role].delegable_to for role in ROLES if role.startswith(("TAND", "VKS")))
