"""What the page of one act shows: the items it asks for, what is in its way, the papers it needs, what it starts.

Reads only; a page after a refusal is built the same way, with what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.auth.callers import caller
from api.house import house
from api.languages import say
from api.pages.fact_fields import fact_controls, typed_facts
from api.pages.forms import NOTE, OCCURRED_AT, OVERRIDE, Control, Hidden, local_instant, local_now, new_hidden
from api.pages.grouping import belongs_to_others
from api.pages.handovers import handover_due
from api.pages.scans import scan_control
from api.pages.showing import (
    EntryLine,
    ReasonLine,
    form_title,
    policy_lines,
    reason_lines,
)
from api.pages.standing import Standing, standing_of
from api.pages.words import length_of
from dossiers.bodies.access import may
from dossiers.errors import MoveRefusedError, NotFoundError
from dossiers.files.models import Dossier, Proceeding
from dossiers.limits.queries import limits_of
from dossiers.moves.move_dossier import MoveForm
from dossiers.moves.possibilities import papers_asked, possible_moves, transition_of
from dossiers.papers.conversion import converter
from dossiers.papers.preparing import draftable_forms
from dossiers.papers.queries import papers_of
from workflow.certificates import VIETNAM
from workflow.engine import Possibility
from workflow.model import Procedure, Transition
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

_MINUTE: Final = timedelta(minutes=1)
#: How far a paper is, the furthest first.
_PROGRESS: Final = ("signed", "issued", "draft")
_BAD_TIME: Final = Text("Thời điểm thực hiện không phải ngày giờ hợp lệ", "The time of the act is not valid")


@dataclass(frozen=True, slots=True)
class NeededPaper:
    """A paper that an act requires (one of `titles`), how far it is, and which form of it can be drafted here."""

    titles: tuple[str, ...]
    #: `signed`, `issued`, `draft` or `missing`.
    state: str
    forms: tuple[str, ...]
    draftable: str | None


@dataclass
class MovePage:
    """Everything the page of an act shows."""

    dossier: Dossier
    procedure: Procedure
    proceeding: Proceeding | None
    transition: Transition
    possibility: Possibility | None
    controls: list[Control]
    overrides: list[Control]
    hidden: Hidden
    papers: list[NeededPaper]
    #: Items for scans of the papers that the act still lacks.
    scans: list[Control]
    starts: list[dict[str, str]]
    stops: list[str]
    offers: list[str]
    policies: list[dict[str, str]]
    #: Whether the set of papers of this act would hold any: on file, or prepared by the caller's body.
    has_set: bool = False
    #: Whether the caller's bodies have left the dossier: the page then says so and nothing of what is in the way.
    left: bool = False
    #: When the caller kept what stands in the form, to go on with it later.
    kept_at: datetime | None = None
    #: Whether the act gives the person to another body without a manifest that both confirmed: said, never waited for.
    handover_due: bool = False
    #: By form, the mark of a scan that was handed in with the form before.
    marks: dict[str, str] = field(default_factory=dict)
    refused: list[ReasonLine] = field(default_factory=list)
    changes: list[EntryLine] = field(default_factory=list)
    problem: str | None = None

    @property
    def remarks(self) -> list[ReasonLine]:
        """Return the warnings and alarms that stand now."""
        return reason_lines(self.possibility.remarks) if self.possibility else []

    @property
    def obstacles(self) -> list[ReasonLine]:
        """Return what is in the way as of now."""
        return reason_lines(self.possibility.reasons) if self.possibility else []

    @property
    def can_pdf(self) -> bool:
        """Say whether this server makes PDF files."""
        return converter() is not None

    @property
    def mine(self) -> bool:
        """Say whether the caller's office makes this act in this dossier."""
        return self.possibility is not None and not belongs_to_others(self.possibility)

    @property
    def asked(self) -> list[Control]:
        """Return the items the law asks for, without time and note."""
        return [control for control in self.controls if control.name not in (OCCURRED_AT, NOTE)]

    @property
    def common(self) -> list[Control]:
        """Return the items every act has: when, and a note."""
        return [control for control in self.controls if control.name in (OCCURRED_AT, NOTE)]


def procedure_of(session: Session, dossier: Dossier, proceeding: Proceeding | None) -> Procedure:
    """Return the law of the dossier, or of its side machine."""
    return house().law.pinned(session, proceeding.procedure_sha256 if proceeding else dossier.procedure_sha256)


def build_page(session: Session, dossier: Dossier, proceeding: Proceeding | None, trigger: str) -> MovePage:
    """Return the page of an act as it stands now; raises NotFoundError for a side machine of after the caller left."""
    at = house().now()
    on, standing = at.astimezone(VIETNAM).date(), standing_of(session, dossier)
    procedure = procedure_of(session, dossier, proceeding)
    transition = transition_of(procedure, _state_of(standing, proceeding), trigger)
    possibility = None if standing.left else _possibility(session, dossier, proceeding, trigger, at)
    limits = [row for row in limits_of(session, dossier.id) if row.started_seq <= standing.version]
    running = {row.rule for row in limits if standing.runs(row)}
    asked = transition.requires if possibility is None else papers_asked(procedure, possibility)
    papers = [] if standing.left else _needed_papers(session, dossier, transition, asked, on)
    return MovePage(
        dossier=dossier,
        procedure=procedure,
        proceeding=proceeding,
        transition=transition,
        possibility=possibility,
        controls=[*fact_controls(session, procedure, transition, on=on), *common_controls()],
        overrides=override_controls(possibility.remarks if possibility else (), transition),
        hidden=new_hidden(standing.version),
        papers=papers,
        scans=_scan_controls(papers, on),
        starts=_limits_started(procedure, transition),
        stops=[say(procedure.limits[name].title) for name in transition.stops if name in running],
        offers=[form_title(form, on) for form in forms_of_the_day(transition.generates, on)],
        policies=policy_lines(session, _policies_of(procedure, transition, possibility)),
        left=standing.left,
        handover_due=not standing.left and handover_due(session, dossier, transition),
        has_set=not standing.left and _has_set(session, dossier, transition, on),
    )


def _state_of(standing: Standing, proceeding: Proceeding | None) -> str:
    """Return where the machine stands for the caller."""
    if proceeding is None:
        return standing.state.id
    if standing.part is None:
        return proceeding.state
    then = standing.part.proceedings.get(f"{proceeding.kind}/{proceeding.number}")
    if then is None:
        raise NotFoundError
    return then


def _possibility(
    session: Session, dossier: Dossier, proceeding: Proceeding | None, trigger: str, at: datetime
) -> Possibility | None:
    found = possible_moves(session, house().law, dossier, caller(), at=at, proceeding=proceeding)
    return next((each for each in found if each.transition.trigger == trigger), None)


def override_controls(reasons: Sequence[Reason], transition: Transition) -> list[Control]:
    """Return an item for each condition that an officer may pass over with a reason; none at a way out."""
    if transition.release:
        return []
    guards = dict.fromkeys(reason.guard for reason in reasons if reason.effect is Effect.OVERRIDE)
    return [
        Control(
            name=OVERRIDE + guard,
            kind="textarea",
            label=_("Lý do vẫn tiếp tục"),
            required=True,
            help="; ".join(say(reason.text) for reason in reasons if reason.guard == guard),
        )
        for guard in guards
    ]


def typed_move(procedure: Procedure, transition: Transition, last_act_at: datetime) -> MoveForm:
    """Return the act that the form states; raises MoveRefusedError when its time cannot be read.

    A form knows minutes only: within the minute of the act before, the act takes place right after that one.
    """
    occurred_at = typed_occurred_at()
    return MoveForm(
        trigger=transition.trigger,
        occurred_at=not_before(occurred_at, last_act_at),
        fields=typed_facts(procedure, transition),
        note=request.form.get(NOTE, "").strip(),
        overrides=_typed_overrides(),
    )


def not_before(occurred_at: datetime | None, last_act_at: datetime) -> datetime | None:
    """Return the moment of an act that was stated to the minute: in the minute of the act before, right after that."""
    if occurred_at is not None and occurred_at <= last_act_at < occurred_at + _MINUTE:
        return last_act_at
    return occurred_at


def typed_occurred_at(raw: str | None = None) -> datetime | None:
    """Return when the act took place, None for now; raises MoveRefusedError when that cannot be read."""
    try:
        return local_instant(request.form.get(OCCURRED_AT, "") if raw is None else raw)
    except ValueError:
        raise MoveRefusedError([Reason("BAD_FIELD", _BAD_TIME, "", Effect.REFUSE, clause=OCCURRED_AT)]) from None


def _typed_overrides() -> Mapping[str, str]:
    return {
        name.removeprefix(OVERRIDE): value.strip()
        for name, value in request.form.items()
        if name.startswith(OVERRIDE) and value.strip()
    }


def common_controls() -> list[Control]:
    """Return the items every act has: when it took place, and a note."""
    return [
        Control(
            name=OCCURRED_AT,
            kind="datetime",
            label=_("Thời điểm thực hiện"),
            value=local_now(),
            help=_("Giờ Việt Nam. Thời hạn được tính từ thời điểm này, không phải từ lúc ghi nhận."),
        ),
        Control(name=NOTE, kind="textarea", label=_("Ghi chú"), help=_("Không bắt buộc; được lưu trong nhật ký.")),
    ]


def _needed_papers(
    session: Session, dossier: Dossier, transition: Transition, asked: Sequence[tuple[str, ...]], on: date
) -> list[NeededPaper]:
    """Return how far each paper is that an act needs; one that served an earlier act does not serve again."""
    if not asked:
        return []
    states: dict[str, str] = {}
    for paper in papers_of(session, dossier, caller()):
        used = paper.used_seq is not None and paper.form in transition.fresh
        if paper.state in _PROGRESS and not used:
            states[paper.form] = min(paper.state, states.get(paper.form, "draft"), key=_PROGRESS.index)
    draftable = {form.form_id for form in draftable_forms(session, house().desk, dossier, caller(), on=on)}
    needed = []
    for forms in asked:
        state = min((states[form] for form in forms if form in states), key=_PROGRESS.index, default="missing")
        needed.append(
            NeededPaper(
                titles=tuple(form_title(form, on) for form in forms_of_the_day(forms, on)),
                state=state,
                forms=tuple(forms_of_the_day(forms, on)),
                draftable=next((form for form in forms if form in draftable), None),
            )
        )
    return needed


def _scan_controls(papers: Sequence[NeededPaper], on: date) -> list[Control]:
    """Return an item for the scan of each paper that is lacking, for whoever may put papers on file."""
    lacking = [form for paper in papers if paper.state != "signed" for form in paper.forms]
    return [scan_control(form, on) for form in lacking] if may(caller(), "paper:write") else []


def _has_set(session: Session, dossier: Dossier, transition: Transition, on: date) -> bool:
    named = {form for forms in transition.requires for form in forms} | set(transition.generates)
    if not named or not may(caller(), "paper:write"):
        return False
    here = {form.form_id for form in draftable_forms(session, house().desk, dossier, caller(), on=on)}
    here |= {paper.form for paper in papers_of(session, dossier, caller()) if paper.state in _PROGRESS}
    return not named.isdisjoint(here)


def forms_of_the_day(forms: Sequence[str], on: date) -> Sequence[str]:
    """Return the forms in force on a day, all of them when none is: an act may name a form and its successor."""
    known = {edition.form_id for edition in house().catalogue.forms(on)}
    return [form for form in forms if form in known] or forms


def _limits_started(procedure: Procedure, transition: Transition) -> list[dict[str, str]]:
    rules = [procedure.limits[name] for name in transition.starts + transition.restarts]
    return [{"title": say(rule.title), "length": length_of(rule)} for rule in rules]


def _policies_of(procedure: Procedure, transition: Transition, possibility: Possibility | None) -> list[str]:
    named = list(transition.policies)
    for rule in transition.starts + transition.restarts:
        named += procedure.limits[rule].policies
    if possibility is not None:
        named += [policy for reason in possibility.reasons + possibility.remarks for policy in reason.policies]
    return named
