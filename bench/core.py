"""The pure core: deciding an act, certifying a limit, filling a form.  No database, no server."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from docxtpl import DocxTemplate

from bench.deciding import PROCEDURE, Token, bare_machine
from bench.measuring import Row, compared
from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.printing import template_environment
from dossiers.papers.render import render_form
from dossiers.papers.samples import sample_values
from dossiers.papers.values import printable_values
from workflow.calendar import load_calendar
from workflow.certificates import VIETNAM
from workflow.deadlines import CountingRule, count
from workflow.engine import Act, Actor, Engine
from workflow.loader import load_procedures
from workflow.predicates import Situation
from workflow.vocabulary import LimitKind, Unit

FORM = "V36"
#: As many papers as an officer prints at once for one dossier.
PAPERS = 15
TIMES = 10
ON = date(2026, 8, 12)
NOW = datetime(2026, 7, 30, 8, tzinfo=VIETNAM)
#: The first act of every dossier: it starts a limit.
TRIGGER = "start_residence_check"
FIELDS = {
    "detected_at": "2026-07-30T07:30:00+07:00",
    "positive_at": "2026-07-30T07:45:00+07:00",
    "place_remote": False,
}
PAPER = "III01"


def decision(rounds: int) -> Row:
    """Decide the first act on the adult procedure; floor: the state library alone moving the same machine."""
    catalogue = official_catalogue()
    (procedure,) = [
        each for each in load_procedures(forms=[form.form_id for form in catalogue.forms()]) if each.key == PROCEDURE
    ]
    engine = Engine(procedure, load_calendar())
    papers = frozenset({PAPER})
    facts = {"subject_born_on": "1999-01-01", "subject_sex": "male"}
    situation = Situation(
        state=procedure.initial.id, facts=facts, occurred_at=NOW, papers=papers, unused_papers=papers, limits={}
    )
    act, who = Act(TRIGGER, FIELDS, NOW), Actor(frozenset({"CAX_OFF"}))
    machine = bare_machine(procedure)

    def floor() -> None:
        machine.events[TRIGGER].trigger(Token(procedure.initial.id))

    return compared(
        "engine: decide the first act",
        lambda: engine.decide(situation, act, who),
        floor,
        floor_is="`transitions` trigger, same machine, one condition",
        rounds=rounds,
    )


def certificate(rounds: int) -> Row:
    """Certify three working days over a weekend, to JSON; floor: the same day by plain date arithmetic."""
    calendar = load_calendar()
    rule = CountingRule(
        id="T-READ3",
        amount=3,
        unit=Unit.WORKING_DAYS,
        direction="after",
        kind=LimitKind.WINDOW,
        rolls=False,
        basis="N102.2",
        confidence="A",
    )
    start = datetime(2026, 8, 6, 9, tzinfo=VIETNAM)

    def floor() -> str:
        day, left = start.date(), 3
        while left:
            day += timedelta(days=1)
            left -= day.weekday() < 5
        return day.isoformat()

    assert count(rule, start, calendar).days[-1].date.isoformat() == floor()
    return compared(
        "limit: certificate of 3 working days",
        lambda: count(rule, start, calendar).to_json(),
        floor,
        floor_is="datetime arithmetic over the same days, no proof",
        rounds=rounds,
    )


def forms(rounds: int) -> list[Row]:
    """Fill form V36, from typed values to the bytes of the file; floors: docxtpl, and zipping the members again.

    docxtpl does what its manual says: load, render, save.  It is given the values as we checked them, and the time that
    took is ours alone.  A round fills ten papers by the one and ten by the other, in time of the processor.
    """
    catalogue = official_catalogue()
    form = catalogue.form(FORM, ON)
    values = sample_values(catalogue, form)
    template, environment = catalogue.template_bytes(form), template_environment()
    context = printable_values(catalogue, form, values, draft=False)
    context |= {"demo": True, "form_number_line": form.number_line}
    members = members_of(render_form(catalogue, form, values, demo=True))

    def ours() -> bytes:
        return render_form(catalogue, form, values, demo=True)

    def from_scratch() -> bytes:
        document = DocxTemplate(io.BytesIO(template))
        document.render(context, environment)
        target = io.BytesIO()
        document.save(target)
        return target.getvalue()

    return [
        compared(
            f"form: fill {FORM}",
            lambda: repeated(ours),
            lambda: repeated(from_scratch),
            floor_is="docxtpl: load, render, save the same",
            rounds=max(rounds // TIMES, 3),
            times=TIMES,
            clock=time.thread_time,
        ),
        compared(
            f"form: fill {FORM} (zip)",
            ours,
            lambda: zipped(members),
            floor_is="writing the finished members to a zip",
            rounds=rounds,
        ),
    ]


def paper_set(rounds: int) -> Row:
    """Fill fifteen different forms, one after the other; floor: zipping the finished members of the same fifteen."""
    catalogue = official_catalogue()
    printed = [form for form in catalogue.forms(ON) if form.template is not None][:PAPERS]
    assert len(printed) == PAPERS
    wanted = [(form, sample_values(catalogue, form)) for form in printed]

    def ours() -> list[bytes]:
        return [render_form(catalogue, form, values, demo=True) for form, values in wanted]

    finished = [members_of(paper) for paper in ours()]
    return compared(
        f"forms: a set of {PAPERS} papers",
        ours,
        lambda: [zipped(members) for members in finished],
        floor_is="writing the finished members to 15 zips",
        rounds=rounds,
    )


def repeated(work: Callable[[], object]) -> None:
    """Do a thing ten times."""
    for _ in range(TIMES):
        work()


def members_of(paper: bytes) -> dict[str, bytes]:
    """Return the members of a package."""
    with zipfile.ZipFile(io.BytesIO(paper)) as done:
        return {name: done.read(name) for name in done.namelist()}


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a package of the members, written by Python's own zipfile."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, member in members.items():
            package.writestr(name, member)
    return target.getvalue()
