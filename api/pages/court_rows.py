"""The rows of a day's results: one for each person heard, what it asks and what was typed into it.

What is the same for everybody heard on a day is asked once at the top; a row may say otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.auth.callers import caller
from api.house import house
from api.languages import say
from api.pages.court import missing_papers
from api.pages.fact_fields import fact_controls
from api.pages.forms import LOCAL_MINUTE, NOTE, OCCURRED_AT, OVERRIDE, Control, fill
from api.pages.showing import ReasonLine, items_of, reason_lines
from api.pages.staged import ACCEPT
from dossiers.court.queries import hearing_of, lines_of, own_papers
from dossiers.court.steps import FACTS, outcomes
from dossiers.files.models import Dossier
from dossiers.papers.models import Paper
from workflow.certificates import VIETNAM
from workflow.engine import Possibility
from workflow.model import Procedure, Transition
from workflow.refusals import Reason
from workflow.vocabulary import FactType

#: Before the items of the top, and of a row (with the id of its dossier).
COMMON: Final = "all."
_ROW: Final = "row."
#: Items of a row besides facts: which result, the version it was made on, a scan and one that was handed in before.
OUTCOME: Final = "outcome"
VERSION: Final = "version"
FILE: Final = "file"
SCAN: Final = "scan"
#: Rows on one page: a day of hearings has six to twelve; what is left over comes with the next page.
ROWS_MAX: Final = 20
#: Facts of these types are mostly the same for everybody heard on a day.
_SHARED: Final = (FactType.DATE, FactType.DATETIME)


@dataclass(frozen=True, slots=True)
class Lacking:
    """A result that still lacks papers: its name, their titles, and the form to attach."""

    title: str
    papers: tuple[str, ...]
    form: str


@dataclass
class Row:
    """One person heard: what is asked, what stands in the way, what was handed in."""

    dossier: Dossier
    number: int
    hearing_at: datetime | None
    judge: str
    outcome: Control
    facts: list[Control]
    #: What differs from the top.
    apart: list[Control]
    scan: Control
    lacking: list[Lacking]
    #: Papers issued here whose signed copy is awaited.
    awaited: list[str]
    version: int
    #: The mark of a scan that was handed in before and is not filed yet.
    handed_in: str = ""
    refused: list[ReasonLine] = field(default_factory=list)
    overrides: list[Control] = field(default_factory=list)
    problem: str | None = None
    #: Reasons for going on that were typed before and are not asked for now.
    carried: list[tuple[str, str]] = field(default_factory=list)

    @property
    def controls(self) -> list[Control]:
        """Return every item of the row."""
        return [self.outcome, *self.facts, *self.apart, self.scan, *self.overrides]

    @property
    def version_item(self) -> str:
        """Return the name of the hidden item with the version."""
        return item(self.dossier.id, VERSION)

    @property
    def scan_item(self) -> str:
        """Return the name of the hidden item with the scan that was handed in before."""
        return item(self.dossier.id, SCAN)

    @property
    def anchor(self) -> str:
        """Return the id of the row in the page."""
        return f"row-{self.dossier.id}"

    @property
    def differs(self) -> bool:
        """Say whether the row says something else than the top, or something is wrong with what it says."""
        return any(control.value or control.errors for control in self.apart)


def item(dossier_id: UUID, name: str) -> str:
    """Return the name of an item of a row."""
    return f"{_ROW}{dossier_id}.{name}"


def typed_rows() -> dict[UUID, dict[str, str]]:
    """Return what was typed into each row for which a result was chosen, empty items filled from the top."""
    common: dict[str, str] = {}
    rows: dict[UUID, dict[str, str]] = {}
    for name, value in request.form.items():
        if name.startswith(COMMON):
            common[name.removeprefix(COMMON)] = value.strip()
            continue
        raw, dot, rest = name.removeprefix(_ROW).partition(".")
        if name.startswith(_ROW) and dot and (dossier_id := _uuid(raw)) is not None:
            rows.setdefault(dossier_id, {})[rest] = value.strip()
    return {
        dossier_id: {**common, **{name: value for name, value in typed.items() if value}}
        for dossier_id, typed in rows.items()
        if typed.get(OUTCOME)
    }


def carried_items() -> list[tuple[str, str]]:
    """Return every item of the rows and of the top as it was typed, for a page that only shows them."""
    return [(name, value) for name, value in request.form.items() if name.startswith((COMMON, _ROW))]


def common_controls(session: Session, dossiers: Iterable[Dossier], on: date, latest: datetime | None) -> list[Control]:
    """Return what is asked once for everybody heard on a day; `latest` is the hour of the last hearing."""
    today = house().now().astimezone(VIETNAM)
    moment = today if on == today.date() else latest
    controls = [
        Control(
            name=COMMON + OCCURRED_AT,
            kind="datetime",
            label=_("Thời điểm công bố"),
            required=True,
            value=moment.strftime(LOCAL_MINUTE) if moment else "",
            help=_("Giờ Việt Nam; thời hạn khiếu nại, kiến nghị, kháng nghị tính từ đây. Sửa cho đúng thực tế."),
        )
    ]
    for control in _asked(session, dossiers, on).values():
        if control.shared:
            value = on.isoformat() if control.name == FACTS["decision"] and on <= today.date() else ""
            controls.append(replace(control.control, name=COMMON + control.name, value=value, required=False))
    note = _("Được lưu trong nhật ký của từng hồ sơ, ví dụ thành phần phiên họp.")
    return [*controls, Control(COMMON + NOTE, "text", _("Ghi chú chung"), help=note)]


def build_rows(session: Session, dossiers: Sequence[Dossier], on: date) -> list[Row]:
    """Return a row for each dossier, as asked for the first time; as many statements as for one."""
    lines = lines_of(session, house().law, caller(), dossiers, at=house().now())
    papers = own_papers(session, caller(), [dossier.id for dossier in dossiers])
    asked: dict[str, dict[str, _Asked]] = {}
    rows = []
    for number, line in enumerate(lines, 1):
        procedure = line.steps.procedure
        if procedure.sha256 not in asked:
            asked[procedure.sha256] = _asked(session, [line.dossier], on, procedure)
        results = outcomes(procedure, line.dossier.state)
        rows.append(
            _row(line.dossier, number, results, asked[procedure.sha256], line.possible, papers[line.dossier.id])
        )
        rows[-1].judge = line.judge
    return rows


def fill_rows(rows: Iterable[Row], scans: Mapping[UUID, str]) -> None:
    """Put what was typed back into rows; `scans` are the marks of scans that were handed in.

    The version is not put back: whoever looks at the form again looks at the dossier as it stands now.
    """
    for row in rows:
        fill(row.controls)
        row.handed_in = scans.get(row.dossier.id, "")
        shown = {control.name for control in row.overrides}
        prefix = item(row.dossier.id, OVERRIDE)
        row.carried = [
            (name, value) for name, value in request.form.items() if name.startswith(prefix) and name not in shown
        ]


def explain(row: Row, reasons: Sequence[Reason]) -> None:
    """Write every reason against a row at its head, and beside the item that it is about."""
    prefix = item(row.dossier.id, "")
    for reason, line in zip(reasons, reason_lines(reasons), strict=True):
        names = {prefix + name for name in items_of(reason) if name}
        about = next((control for control in row.controls if control.name in names), None)
        if about is not None:
            about.errors.append(say(reason.text))
        row.refused.append(replace(line, anchor=about.anchor if about else None))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A fact that some results ask for: its control, and by which results."""

    name: str
    control: Control
    shared: bool
    triggers: frozenset[str]


def _asked(
    session: Session, dossiers: Iterable[Dossier], on: date, procedure: Procedure | None = None
) -> dict[str, _Asked]:
    """Return the facts that the results of these hearings ask for, in the order of the law files."""
    editions = {each.procedure_sha256: each.state for each in dossiers}
    found: dict[str, _Asked] = {}
    for sha256, state in editions.items():
        law = procedure or house().law.pinned(session, sha256)
        for act in outcomes(law, state):
            for control in fact_controls(session, law, act, on=on):
                if control.name not in law.facts:
                    continue
                before = found.get(control.name)
                triggers = (before.triggers if before else frozenset()) | {act.trigger}
                shared = law.facts[control.name].type in _SHARED
                found[control.name] = _Asked(control.name, control, shared, triggers)
    return found


def _row(
    dossier: Dossier,
    number: int,
    results: Sequence[Transition],
    asked: Mapping[str, _Asked],
    possible: Sequence[Possibility],
    papers: Sequence[Paper],
) -> Row:
    titles = {act.trigger: say(act.title) for act in results}
    facts = [
        replace(
            each.control,
            name=item(dossier.id, each.name),
            required=False,
            errors=[],
            kind="select" if each.control.kind == "radio" else each.control.kind,
            help=_only_for(each, titles),
        )
        for each in asked.values()
        if not each.shared
    ]
    _number_of_paper(dossier, facts, results, papers)
    return Row(
        dossier=dossier,
        number=number,
        hearing_at=hearing_of(dossier),
        judge="",
        outcome=Control(item(dossier.id, OUTCOME), "select", _("Kết quả"), options=[*titles.items()]),
        facts=facts,
        apart=[
            Control(item(dossier.id, OCCURRED_AT), "datetime", _("Thời điểm công bố")),
            *(
                replace(each.control, name=item(dossier.id, each.name), required=False, errors=[])
                for each in asked.values()
                if each.shared
            ),
            Control(item(dossier.id, NOTE), "text", _("Ghi chú")),
        ],
        scan=Control(item(dossier.id, FILE), "file", _("Bản quét quyết định đã ký"), value=ACCEPT),
        lacking=_lacking(results, possible),
        awaited=[paper.title for paper in papers if paper.state == "issued"],
        version=dossier.version,
    )


def _only_for(asked: _Asked, titles: Mapping[str, str]) -> str | None:
    """Return for which results a fact is asked, where not for all."""
    if asked.triggers >= titles.keys():
        return asked.control.help
    results = "; ".join(title for name, title in titles.items() if name in asked.triggers)
    return str(_("Chỉ khi: %(results)s", results=results))


def _number_of_paper(
    dossier: Dossier, facts: Collection[Control], results: Sequence[Transition], papers: Sequence[Paper]
) -> None:
    """Fill the number of the decision from the paper that was issued here, where there is only one."""
    forms = {form for act in results for forms in act.requires for form in forms}
    numbers = {paper.display_number for paper in papers if paper.form in forms and paper.display_number}
    for control in facts:
        if control.name == item(dossier.id, FACTS["decision_number"]) and len(numbers) == 1:
            control.value, control.source = numbers.pop(), _("Từ văn bản đã ban hành trong hồ sơ")


def _lacking(results: Sequence[Transition], possible: Sequence[Possibility]) -> list[Lacking]:
    by_trigger = {each.transition.trigger: each for each in possible}
    found = []
    for act in results:
        papers = missing_papers(by_trigger[act.trigger]) if act.trigger in by_trigger else ()
        if papers:
            found.append(Lacking(say(act.title), papers, act.requires[0][0]))
    return found


def latest_hearing(dossiers: Iterable[Dossier]) -> datetime | None:
    """Return the hour of the last hearing, None where no hour is on file."""
    return max((at for each in dossiers if (at := hearing_of(each)) is not None), default=None)


def _uuid(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None
