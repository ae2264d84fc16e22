"""Why an act is refused, or what was recorded with it: reasons with text, cure and article.

The sentences here are about how the system is used (role, body, place, papers, fields, dates); what the
law says arrives with the guards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workflow.model import Clause, FactDef, Guard, Procedure, Transition
from workflow.vocabulary import Effect, Text


@dataclass(frozen=True, slots=True)
class Reason:
    """One unmet condition: the guard (or the kind of fault), what is wrong, how to mend it, where it stands."""

    guard: str
    text: Text
    basis: str
    effect: Effect
    clause: str | None = None
    cure: Text | None = None
    confidence: str | None = None
    policies: tuple[str, ...] = ()


class MoveRefusedError(Exception):
    """The act is not possible now; `reasons` lists every unmet condition at once, nothing was changed.

    `transition` is the case of the act that was judged, None where the procedure has no such act.
    """

    code = "move-refused"

    def __init__(self, trigger: str, reasons: Iterable[Reason], transition: Transition | None = None) -> None:
        self.trigger, self.reasons, self.transition = trigger, tuple(reasons), transition
        assert self.reasons
        super().__init__(f"{trigger}: {', '.join(reason.guard for reason in self.reasons)}")


def from_clause(guard: Guard, clause: Clause) -> Reason:
    """Return the reason that an unmet clause gives."""
    return Reason(
        guard=guard.id,
        clause=clause.id,
        text=clause.text,
        cure=clause.cure,
        basis=clause.basis,
        effect=clause.effect,
        confidence=clause.confidence.mark,
        policies=clause.policies,
    )


def _refuse(guard: str, basis: str, vi: str, en: str) -> Reason:
    return Reason(guard, Text(vi, en), basis, Effect.REFUSE)


def unknown_move(trigger: str) -> Reason:
    """Say that no act of this procedure has that name."""
    return _refuse("UNKNOWN_MOVE", "", f"Không có thủ tục “{trigger}”", f"There is no step “{trigger}”")


def wrong_state(procedure: Procedure, transition: Transition, state: str) -> Reason:
    """Say that the dossier does not stand where this act starts."""
    here = procedure.states[state].title
    places = [procedure.states[source].title for source in transition.source]
    return _refuse(
        "WRONG_STATE",
        transition.basis,
        f"Hồ sơ đang ở “{here.vi}”; bước này chỉ làm được khi: {', '.join(place.vi for place in places)}",
        f"The dossier stands at “{here.en}”; this step starts only from: {', '.join(place.en for place in places)}",
    )


def no_case(transition: Transition) -> Reason:
    """Say that the act exists here, but none of the cases it is made for holds."""
    return _refuse(
        "CASE_NOT_MET",
        transition.basis,
        f"“{transition.title.vi}”: chưa có trường hợp nào của bước này được đáp ứng",
        f"“{transition.title.en}”: none of the cases of this step is met",
    )


def along_only(transition: Transition) -> Reason:
    """Say that this move never happens by itself."""
    return _refuse(
        "ALONG_ONLY",
        transition.basis,
        f"“{transition.title.vi}” chỉ diễn ra cùng một bước của thủ tục chính",
        f"“{transition.title.en}” only happens with a step of the main procedure",
    )


def wrong_role(procedure: Procedure, transition: Transition) -> Reason:
    """Say that the office of the caller does not do this act."""
    offices = [procedure.roles[role].title for role in transition.roles]
    return _refuse(
        "WRONG_ROLE",
        transition.basis,
        f"Bước này thuộc thẩm quyền của: {', '.join(office.vi for office in offices)}",
        f"This step belongs to: {', '.join(office.en for office in offices)}",
    )


def wrong_body(procedure: Procedure, transition: Transition) -> Reason:
    """Say that the office is right, but the caller's organization does not fill that place in this dossier."""
    names = [procedure.roles[role].body for role in transition.roles]
    bodies = [procedure.bodies[name].title for name in dict.fromkeys(names) if name is not None]
    return _refuse(
        "WRONG_BODY",
        transition.basis,
        f"Hồ sơ này do cơ quan khác xử lý ở bước này ({', '.join(body.vi for body in bodies)})",
        f"Another body handles this step of this dossier ({', '.join(body.en for body in bodies)})",
    )


def missing_paper(transition: Transition, forms: tuple[str, ...], *, release: bool) -> Reason:
    """Say that a paper is not on file, signed; at the exit that is a fault, never a hindrance."""
    names = " / ".join(forms)
    return Reason(
        "MISSING_PAPER",
        Text(f"Thiếu giấy tờ đã ký trong hồ sơ: {names}", f"Not on file, signed: {names}"),
        transition.basis,
        Effect.ALARM if release else Effect.REFUSE,
        clause=names,
    )


def missing_field(fact: FactDef) -> Reason:
    """Say that the act must state this fact."""
    text = Text(f"Chưa khai: {fact.label.vi}", f"Missing: {fact.label.en}")
    return Reason("MISSING_FIELD", text, fact.basis or "", Effect.REFUSE, clause=fact.id)


def unknown_field(name: str) -> Reason:
    """Say that the act does not take this field: a misspelt name must not be lost in silence."""
    return _refuse("UNKNOWN_FIELD", "", f"Không có mục “{name}” ở bước này", f"This step has no field “{name}”")


def bad_field(fact: FactDef, vi: str, en: str) -> Reason:
    """Say that the value has not the shape of the fact."""
    text = Text(f"{fact.label.vi}: {vi}", f"{fact.label.en}: {en}")
    return Reason("BAD_FIELD", text, fact.basis or "", Effect.REFUSE, clause=fact.id)


def in_future() -> Reason:
    """Say that the act is dated after now."""
    return _refuse(
        "DATE_IN_FUTURE",
        "",
        "Thời điểm thực hiện không được ở tương lai",
        "The act cannot take place in the future",
    )


def before_previous() -> Reason:
    """Say that the act is dated before the one it follows."""
    return _refuse(
        "DATE_BEFORE_PREVIOUS",
        "",
        "Thời điểm thực hiện sớm hơn bước liền trước",
        "The act is dated before the act it follows",
    )
