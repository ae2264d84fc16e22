"""Brings open dossiers from one edition of their procedure to the next: look ahead, propose, approve, apply, take back.

Two people stand behind everything that is written.  Each dossier is a unit of work of its own, so that a broken-off
run goes on where it stopped; a dossier that somebody has moved since it was planned is left alone and reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import actor_of
from dossiers.bodies.models import Account
from dossiers.bodies.queries import account_named
from dossiers.bodies.validity import day_of
from dossiers.errors import DossierError, InvalidDataError, NotFoundError
from dossiers.evidence.changes import TAKEN_BACK
from dossiers.evidence.diary import Author, Happening, append_entry
from dossiers.files.models import Dossier
from dossiers.moves.advance import advance_dossier
from dossiers.moves.change_edition import ROLE, change_edition
from dossiers.moves.models import MigrationItem, MigrationPlan
from dossiers.moves.outlooks import Crossings, Outlook, Rulebook, is_noted, look_ahead, look_at_decision
from dossiers.moves.snapshots import put_back, take
from dossiers.people.folding import fold as fold_name
from storage.database import Database
from workflow.changeover import Crossing
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did to one dossier: `outcome` as the plan keeps it, with the reason where nothing was done."""

    number: str
    outcome: str
    note: str | None = None


# --- Looking ahead --------------------------------------------------------------------------------------------


def crossing_between(crossings: Crossings, from_key: str, to_key: str) -> Crossing:
    """Return the rules from one edition to another; raises NotFoundError where nobody wrote them."""
    for crossing in crossings.values():
        if (crossing.old.key, crossing.new.key) == (from_key, to_key):
            return crossing
    text = Text(
        f"Chưa có quy tắc chuyển tiếp từ {from_key} sang {to_key}", f"There are no rules from {from_key} to {to_key}"
    )
    raise NotFoundError(text)


def outlooks(session: Session, book: Rulebook, crossing: Crossing, *, at: datetime) -> Iterator[Outlook]:
    """Yield where each open dossier under the old edition goes, by number; reads only."""
    query = select(Dossier).where(Dossier.procedure_id == crossing.old.id, Dossier.edition == crossing.old.edition)
    for dossier in session.scalars(query.order_by(Dossier.number)).all():
        state = book.law.pinned(session, dossier.procedure_sha256).states[dossier.state]
        if not state.terminal:
            outlook = look_ahead(session, book, crossing, dossier, at=at)
            yield replace(outlook, noted=is_noted(session, crossing, outlook))


# --- Proposing and approving ----------------------------------------------------------------------------------


def propose(
    session: Session,
    book: Rulebook,
    crossing: Crossing,
    *,
    by: str,
    reason: str,
    at: datetime,
) -> MigrationPlan:
    """Keep what the rules say now of every open dossier as a plan; raises InvalidDataError when nothing is left to do.

    What the diary of a dossier says already is not planned again.
    """
    seen = [outlook for outlook in outlooks(session, book, crossing, at=at) if not outlook.noted]
    if not seen:
        raise _invalid("NOTHING_TO_DO", "Không có hồ sơ nào cần chuyển", "No dossier is to be moved or noted")
    return _keep_plan(session, crossing, seen, by=by, reason=reason, decision=None, at=at)


def propose_decision(
    session: Session,
    book: Rulebook,
    crossing: Crossing,
    number: str,
    decision: str,
    *,
    by: str,
    reason: str,
    at: datetime,
) -> MigrationPlan:
    """Keep a decision about one dossier that the rules leave to people; raises InvalidDataError for another choice."""
    dossier = session.scalars(select(Dossier).where(Dossier.number == number)).one_or_none()
    if dossier is None or (dossier.procedure_id, dossier.edition) != (crossing.old.id, crossing.old.edition):
        raise NotFoundError
    outlook = look_at_decision(session, book, crossing, dossier, decision, at=at)
    if outlook is None:
        raise _invalid("NO_CHOICE", "Quy tắc không cho chọn cách này", "The rules do not offer this choice")
    if outlook.reasons:
        raise InvalidDataError(outlook.reasons)
    return _keep_plan(session, crossing, [outlook], by=by, reason=reason, decision=decision, at=at)


def _keep_plan(
    session: Session,
    crossing: Crossing,
    seen: Sequence[Outlook],
    *,
    by: str,
    reason: str,
    decision: str | None,
    at: datetime,
) -> MigrationPlan:
    account = _somebody(session, by, at=at)
    plan = MigrationPlan(
        from_key=crossing.old.key,
        to_key=crossing.new.key,
        rules_sha256=crossing.changeover.sha256,
        to_sha256=crossing.new.sha256,
        decision=decision,
        state="proposed",
        reason=_reason(reason),
        proposed_by_id=account.id,
        proposed_at=at,
    )
    session.add(plan)
    session.flush()
    for outlook in seen:
        way, rule, landing = outlook.answer
        session.add(
            MigrationItem(
                plan_id=plan.id,
                dossier_id=outlook.dossier_id,
                version=outlook.version,
                way=way,
                rule=rule,
                landing=landing,
                outcome="waiting",
            )
        )
    session.flush()
    return plan


def approve(session: Session, plan_id: UUID, *, by: str, at: datetime) -> MigrationPlan:
    """Let a second person approve a plan; raises InvalidDataError for the first one, under whatever account."""
    plan, account = plan_to_change(session, plan_id), _somebody(session, by, at=at)
    if plan.state != "proposed":
        raise _invalid("PLAN_STATE", "Kế hoạch này không còn chờ duyệt", "This plan does not wait for an approval")
    _two_people(plan.proposed_by, account)
    plan.state, plan.approved_by_id, plan.approved_at = "approved", account.id, at
    session.flush()
    return plan


def plan_to_change(session: Session, plan_id: UUID) -> MigrationPlan:
    """Return a plan, locked; raises NotFoundError."""
    plan = session.scalars(select(MigrationPlan).where(MigrationPlan.id == plan_id).with_for_update()).one_or_none()
    if plan is None:
        raise NotFoundError
    return plan


def items_of(session: Session, plan_id: UUID, outcome: str | None = None) -> Sequence[MigrationItem]:
    """Return the dossiers of a plan by number, all of them or those with an outcome."""
    query = select(MigrationItem).join(Dossier).where(MigrationItem.plan_id == plan_id).order_by(Dossier.number)
    return session.scalars(query if outcome is None else query.where(MigrationItem.outcome == outcome)).all()


def _somebody(session: Session, username: str, *, at: datetime) -> Account:
    """Return the open account of somebody who holds an office today; raises InvalidDataError."""
    account = account_named(session, username)
    if account is None or not actor_of(session, account, on=day_of(at)).offices:
        raise _invalid(
            "NO_ACCOUNT",
            f"Không có tài khoản đang giữ chức vụ: {username}",
            f"No account that holds an office: {username}",
        )
    return account


def _two_people(first: Account, second: Account) -> None:
    """Refuse two accounts of one person: the same account, or the same name as far as that can be known."""
    if first.id == second.id or fold_name(first.full_name) == fold_name(second.full_name):
        raise _invalid("ONE_PERSON", "Phải là hai người khác nhau", "Two different people are needed")


def _reason(text: str) -> str:
    if not text.strip():
        raise _invalid("MISSING_FIELD", "Phải nêu lý do", "A reason is needed")
    return text.strip()


# --- Applying -------------------------------------------------------------------------------------------------


def apply_plan(database: Database, book: Rulebook, plan_id: UUID, *, at: datetime) -> list[Done]:
    """Do what an approved plan says, a unit of work a dossier; return what became of each that was waiting.

    A dossier that has moved on since, or of which the rules say something else now, is not touched: its item says so.
    Raises InvalidDataError for a plan that is not approved, comes too early, or rests on other rules than are in place.
    """
    with database.transaction() as session:
        plan = plan_to_change(session, plan_id)
        crossing = _crossing_of(plan, book.crossings)
        if plan.state not in ("approved", "applied"):
            raise _invalid("PLAN_STATE", "Kế hoạch chưa được duyệt", "The plan is not approved")
        if day_of(at).isoformat() < crossing.new.edition:
            raise _invalid("TOO_EARLY", "Bản mới chưa có hiệu lực", "The new edition is not in force yet")
        waiting = [item.dossier_id for item in items_of(session, plan_id, "waiting")]
    done = []
    for dossier_id in waiting:
        try:
            with database.transaction() as session:
                done.append(_apply_one(session, book, crossing, plan_id, dossier_id, at=at))
        except (DossierError, ValueError, LookupError) as fault:
            done.append(_not_done(database, plan_id, dossier_id, fault))
    with database.transaction() as session:
        plan = plan_to_change(session, plan_id)
        plan.state = "approved" if items_of(session, plan_id, "waiting") else "applied"
    return done


def _apply_one(
    session: Session,
    book: Rulebook,
    crossing: Crossing,
    plan_id: UUID,
    dossier_id: UUID,
    *,
    at: datetime,
) -> Done:
    plan, dossier = session.get_one(MigrationPlan, plan_id), _locked(session, dossier_id)
    item = session.get_one(MigrationItem, (plan_id, dossier_id), populate_existing=True)
    if item.outcome != "waiting":
        return Done(dossier.number, item.outcome, item.note)
    advance_dossier(session, book.law, dossier, at=at)
    note = None if dossier.version == item.version else f"version {dossier.version}, planned at {item.version}"
    if note is None:
        outlook = _seen_again(session, book, crossing, plan, dossier, at=at)
        if outlook is not None and outlook.answer == (item.way, item.rule, item.landing):
            item.before = dict(take(session, dossier_id))
            item.entry_seq = change_edition(session, dossier, crossing, outlook, plan, at=at).seq
            item.outcome = "applied"
            return Done(dossier.number, item.outcome)
        now = " ".join(filter(None, outlook.answer)) if outlook else "no such choice"
        note = f"now: {now}; planned: {' '.join(filter(None, (item.way, item.rule, item.landing)))}"
    item.outcome, item.note = "changed", note
    return Done(dossier.number, item.outcome, note)


def _not_done(database: Database, plan_id: UUID, dossier_id: UUID, fault: Exception) -> Done:
    """Note why a dossier could not be changed; it goes on waiting, and nothing of it was written."""
    with database.transaction() as session:
        item = session.get_one(MigrationItem, (plan_id, dossier_id))
        item.note = f"{type(fault).__name__}: {fault}"[:500]
        return Done(item.dossier.number, item.outcome, item.note)


def _seen_again(
    session: Session,
    book: Rulebook,
    crossing: Crossing,
    plan: MigrationPlan,
    dossier: Dossier,
    *,
    at: datetime,
) -> Outlook | None:
    if (dossier.procedure_id, dossier.edition) != (crossing.old.id, crossing.old.edition):
        return None
    if plan.decision is not None:
        return look_at_decision(session, book, crossing, dossier, plan.decision, at=at)
    return look_ahead(session, book, crossing, dossier, at=at)


def _crossing_of(plan: MigrationPlan, crossings: Crossings) -> Crossing:
    crossing = crossing_between(crossings, plan.from_key, plan.to_key)
    if (crossing.changeover.sha256, crossing.new.sha256) != (plan.rules_sha256, plan.to_sha256):
        raise _invalid(
            "OTHER_RULES",
            "Quy tắc hoặc bản mới đã thay đổi sau khi lập kế hoạch: lập lại kế hoạch",
            "The rules or the new edition have changed since the plan was made: propose again",
        )
    return crossing


def _locked(session: Session, dossier_id: UUID) -> Dossier:
    query = select(Dossier).where(Dossier.id == dossier_id).with_for_update(of=Dossier)
    return session.scalars(query.execution_options(populate_existing=True)).one()


# --- Taking back ----------------------------------------------------------------------------------------------


def undo_plan(database: Database, plan_id: UUID, *, by: str, approved_by: str, reason: str, at: datetime) -> list[Done]:
    """Take back what a plan did, a unit of work a dossier; return what became of each that it had changed.

    A dossier in which anything was written since is left as it is, and said so.
    """
    with database.transaction() as session:
        plan = plan_to_change(session, plan_id)
        if plan.state not in ("approved", "applied", "undoing", "undone"):
            raise _invalid("PLAN_STATE", "Kế hoạch chưa được duyệt", "The plan is not approved")
        first, second = _somebody(session, by, at=at), _somebody(session, approved_by, at=at)
        _two_people(first, second)
        plan.state, plan.undo_reason, plan.undone_at = "undoing", _reason(reason), at
        plan.undone_by_id, plan.undo_approved_by_id = first.id, second.id
        applied = [item.dossier_id for item in items_of(session, plan_id, "applied")]
    done = []
    for dossier_id in applied:
        with database.transaction() as session:
            done.append(_undo_one(session, plan_id, dossier_id, at=at))
    with database.transaction() as session:
        plan_to_change(session, plan_id).state = "undone"
    return done


def _undo_one(session: Session, plan_id: UUID, dossier_id: UUID, *, at: datetime) -> Done:
    plan, dossier = session.get_one(MigrationPlan, plan_id), _locked(session, dossier_id)
    item = session.get_one(MigrationItem, (plan_id, dossier_id), populate_existing=True)
    if item.outcome != "applied":
        return Done(dossier.number, item.outcome, item.note)
    assert item.entry_seq is not None
    assert item.before is not None
    if dossier.version != item.entry_seq:
        item.note = f"not taken back: entry {item.entry_seq} was followed by {dossier.version - item.entry_seq} more"
        return Done(dossier.number, item.outcome, item.note)
    changed = dossier.state
    put_back(session, dossier_id, item.before)
    session.refresh(dossier)
    payload = {
        "plan": str(plan.id),
        "undoes": item.entry_seq,
        "note": plan.undo_reason,
        "proposed_by": str(plan.undone_by_id),
        "approved_by": str(plan.undo_approved_by_id),
    }
    append_entry(
        session,
        dossier,
        Happening(TAKEN_BACK, "edition_restored", changed, dossier.state, payload),
        author=Author(plan.undo_approved_by_id, ROLE, None),
        occurred_at=at,
        at=at,
    )
    item.outcome, item.note = "undone", None
    return Done(dossier.number, item.outcome)


def _invalid(code: str, vi: str, en: str) -> InvalidDataError:
    return InvalidDataError([Reason(code, Text(vi, en), "", Effect.REFUSE)])
