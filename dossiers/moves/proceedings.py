"""Opens the side machines of a dossier and moves them along with an act, of the main procedure or of another machine.

A side machine never stands in the way of somebody's release: what comes along with a way out of custody is dated, if
need be, by what the machine did last, and no second one is ever refused there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from dossiers.errors import MoveRefusedError
from dossiers.evidence.diary import Happening, append_entry
from dossiers.files.editions import Law, keep_edition
from dossiers.files.models import Dossier, Proceeding
from dossiers.moves.deciding import judge
from dossiers.moves.recording import Circumstances, record_decision
from dossiers.moves.situations import proceedings_of, situation_of
from workflow import engine
from workflow.certificates import VIETNAM
from workflow.model import AlsoFire, Procedure, Transition
from workflow.refusals import Reason
from workflow.sides import Beginning, beginning, move_with
from workflow.vocabulary import Effect, Text


def move_sides(session: Session, law: Law, dossier: Dossier, act: Transition, circumstances: Circumstances) -> None:
    """Open the side machine that an act begins and move those that come along with it.

    Raises MoveRefusedError when one is open that the act has nothing to say to, or when the act would come before
    what has happened in a side machine; never when the act is a way out of custody.
    """
    kind = act.starts_proceeding
    if kind is not None:
        match _beginning(session, law, _open_of(proceedings_of(session, dossier), kind), act):
            case Beginning.OPENS:
                open_proceeding(session, law, dossier, kind, circumstances)
            case Beginning.REFUSED:
                raise MoveRefusedError(beginning_problems(session, law, proceedings_of(session, dossier), act))
            case Beginning.GOES_ON:
                pass
    for also in act.also:
        _move_along(session, law, dossier, also, circumstances, release=act.release)


def beginning_problems(session: Session, law: Law, sides: Iterable[Proceeding], act: Transition) -> list[Reason]:
    """Return why the side machine that an act begins cannot begin now; `sides` are those of the dossier."""
    kind = act.starts_proceeding
    if kind is None:
        return []
    standing = _open_of(sides, kind)
    if _beginning(session, law, standing, act) is not Beginning.REFUSED:
        return []
    open_one = standing[-1]
    return [_already_open(law.pinned(session, open_one.procedure_sha256), open_one.state, act)]


def open_proceeding(
    session: Session, law: Law, dossier: Dossier, kind: str, circumstances: Circumstances
) -> Proceeding:
    """Open a side machine in its first state, under the edition in force on the day of the act."""
    procedure = law.in_force(kind, circumstances.occurred_at.astimezone(VIETNAM).date())
    keep_edition(session, procedure, at=circumstances.at)
    earlier = [each for each in proceedings_of(session, dossier) if each.kind == kind]
    proceeding = Proceeding(
        dossier_id=dossier.id,
        kind=kind,
        number=len(earlier) + 1,
        edition=procedure.edition,
        procedure_sha256=procedure.sha256,
        state=procedure.initial.id,
        opened_at=circumstances.occurred_at,
        last_act_at=circumstances.occurred_at,
    )
    session.add(proceeding)
    session.flush()
    payload = {"proceeding": f"{kind}/{proceeding.number}", "procedure": procedure.key, "sha256": procedure.sha256}
    append_entry(
        session,
        dossier,
        Happening("proceeding", "opened", None, procedure.initial.id, payload),
        author=circumstances.author,
        occurred_at=circumstances.occurred_at,
        at=circumstances.at,
    )
    return proceeding


def _open_of(sides: Iterable[Proceeding], kind: str) -> list[Proceeding]:
    return [each for each in sides if each.kind == kind and each.closed_at is None]


def _beginning(session: Session, law: Law, standing: Sequence[Proceeding], act: Transition) -> Beginning:
    if not standing:
        return Beginning.OPENS
    side = law.pinned(session, standing[-1].procedure_sha256)
    return beginning(act, side, [each.state for each in standing])


def _already_open(side: Procedure, state: str, act: Transition) -> Reason:
    title, here = side.title, side.states[state].title
    text = Text(
        f"Việc “{title.vi}” đang được giải quyết (“{here.vi}”)",
        f"“{title.en}” is already under way (“{here.en}”)",
    )
    cure = Text("Giải quyết xong việc đó trước.", "Bring that one to an end first.")
    return Reason("PROCEEDING_OPEN", text, act.basis, Effect.REFUSE, clause=side.id, cure=cure)


def _move_along(
    session: Session, law: Law, dossier: Dossier, also: AlsoFire, circumstances: Circumstances, *, release: bool
) -> None:
    """Move the open machines of a kind that can move from where they stand; the others stay."""
    for proceeding in _open_of(proceedings_of(session, dossier), also.procedure):
        procedure = law.pinned(session, proceeding.procedure_sha256)
        occurred_at = circumstances.occurred_at
        if release:
            occurred_at = max(occurred_at, proceeding.last_act_at)
        situation = situation_of(session, law, dossier, occurred_at=occurred_at, proceeding=proceeding)
        move = move_with(procedure, also.trigger, situation)
        if move is None:
            continue
        act = engine.Act(also.trigger, {}, circumstances.at, along=True)
        decision = judge(session, law, procedure, situation, act, engine.Actor(frozenset(move.roles)))
        dated = replace(circumstances, occurred_at=occurred_at, note="", overrides={})
        record_decision(session, law, procedure, dossier, decision, dated, proceeding=proceeding)
