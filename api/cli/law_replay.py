"""`hoso law replay`: what the recorded lives of dossiers would have come to under another edition; writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from api.cli.law import DAY
from api.cli.output import json_option, show
from api.config import settings_from_environment
from dossiers.evidence.replays import Replayed, replays
from dossiers.files.editions import Law, load_law
from dossiers.papers.catalogue_files import official_catalogue
from storage.database import open_database
from workflow.certificates import VIETNAM
from workflow.model import Procedure
from workflow.recorded import Fate, ToldAct
from workflow.replay_differences import Differences, LimitDifference, Verdict
from workflow.vocabulary import Text


@click.command("replay")
@click.option("--under", required=True, metavar="ID@EDITION", help="The edition to try.")
@click.option("--from", "since", type=DAY, help="Only dossiers opened on this day or later.")
@click.option("--to", "until", type=DAY, help="Only dossiers opened on this day or earlier.")
@json_option
def replay_law(under: str, since: datetime | None, until: datetime | None, *, as_json: bool) -> None:
    """Play recorded dossiers under another edition of their procedure, in memory: numbers, states, rules and days."""
    law = load_law(forms=[edition.form_id for edition in official_catalogue().forms()])
    procedure = _named(law, under)
    database = open_database(settings_from_environment().database_url)
    try:
        with database.reading() as session:
            span = {"opened_from": since and since.date(), "opened_to": until and until.date()}
            found = list(replays(session, law, procedure, **span, at=datetime.now(UTC)))
    finally:
        database.dispose()
    rows = [_dossier_json(law, procedure, each) for each in found]
    value = {"under": procedure.key, "sha256": procedure.sha256, "totals": totals(found), "dossiers": rows}
    show(value, as_json=as_json, lines=_lines(procedure, found, value))


def _named(law: Law, name: str) -> Procedure:
    found = next((each for each in law.procedures if each.key == name), None)
    if found is None:
        raise click.ClickException(f"no edition {name}")
    if found.side:
        raise click.ClickException(f"{name} runs beside a dossier: name the edition that dossiers are opened under")
    return found


def totals(found: Sequence[Replayed]) -> dict[str, Any]:
    """Return the sums over all dossiers: how many, what differs, acts by fate, limits, days in custody by title."""
    each = [one.differences for one in found]
    verdicts = {verdict.value: sum(len(one.with_verdict(verdict)) for one in each) for verdict in Verdict}
    custody: dict[str, list[float]] = {}
    for one in each:
        for title, days in one.custody.items():
            before = custody.setdefault(title, [0.0, 0.0])
            custody[title] = [round(a + b, 1) for a, b in zip(before, days, strict=True)]
    return {
        "dossiers": len(found),
        "without_difference": sum(one.none for one in each),
        "ending_differently": sum(one.ends_differently for one in each),
        "acts": sum(one.acts for one in found),
        **{fate.value: sum(one.count(fate) for one in each) for fate in Fate if fate is not Fate.HAPPENS},
        "limits": verdicts,
        "custody_days": {title: {"recorded": a, "replayed": b} for title, (a, b) in sorted(custody.items())},
    }


def _dossier_json(law: Law, procedure: Procedure, one: Replayed) -> dict[str, Any]:
    found = one.differences
    return {
        "number": one.number,
        "edition": one.edition,
        "edition_was_changed": one.changed,
        "differs": not found.none,
        "states": {name or "dossier": _pair(pair) for name, pair in found.states.items()},
        "terms": {name: _pair(pair) for name, pair in found.terms.items()},
        "limits": [_limit_json(law, procedure, limit) for limit in found.limits],
        "acts": [_act_json(told) for told in found.replay.left_out],
        "custody_days": {title: _pair(pair) for title, pair in found.custody.items()},
    }


def _pair(pair: tuple[Any, Any]) -> dict[str, Any]:
    return {"recorded": pair[0], "replayed": pair[1]}


def _limit_json(law: Law, procedure: Procedure, limit: LimitDifference) -> dict[str, Any]:
    editions = (procedure, *(each for each in reversed(law.procedures) if each.key != procedure.key))
    rule = next((each.limits[limit.rule] for each in editions if limit.rule in each.limits), None)
    return {
        "rule": limit.rule,
        "title": _text(rule.title) if rule else None,
        "basis": rule.basis if rule else None,
        "verdict": limit.verdict.value,
        "end": _pair((_iso(limit.recorded_end), _iso(limit.replayed_end))),
        "missed": _pair((limit.recorded_missed, limit.replayed_missed)),
    }


def _act_json(told: ToldAct) -> dict[str, Any]:
    act = told.act
    return {
        "entry": act.number,
        "trigger": act.trigger,
        "machine": act.machine or "dossier",
        "on": act.occurred_at.astimezone(VIETNAM).date().isoformat(),
        "state": act.state,
        "fate": told.fate.value,
        "reasons": [
            {
                "guard": reason.guard,
                "clause": reason.clause,
                "effect": reason.effect.value,
                "text": _text(reason.text),
                "basis": reason.basis,
                "confidence": reason.confidence,
            }
            for reason in told.reasons
        ],
    }


def _text(text: Text) -> dict[str, str]:
    return {"vi": text.vi, "en": text.en}


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(VIETNAM).isoformat() if moment else None


# --- For people -----------------------------------------------------------------------------------------------


def _lines(procedure: Procedure, found: Sequence[Replayed], value: dict[str, Any]) -> list[str]:
    sums = value["totals"]
    lines = [f"{procedure.key}: {sums['dossiers']} hồ sơ / dossiers", ""]
    lines += [f"{one.number} {one.edition.partition('@')[2]}: {_told(one.differences)}" for one in found]
    refused = Counter(
        (told.act.trigger, reason.guard, reason.clause or "", reason.basis, reason.text.vi, reason.text.en)
        for one in found
        for told in one.differences.replay.left_out
        if told.fate in (Fate.REFUSED, Fate.UNKNOWN)
        for reason in told.reasons
    )
    if refused:
        lines += ["", "bước không thực hiện được / steps that would not have happened:"]
    for (trigger, guard, clause, basis, vi, en), count in refused.most_common():
        code = ".".join(filter(None, (guard, clause)))
        lines += [f"{count:>6}  {trigger}: {code} ({basis or '-'})", f"        {vi}", f"        {en}"]
    lines += ["", *(f"{name}: {sums[name]}" for name in sums if name not in ("limits", "custody_days"))]
    lines += [f"limits {verdict}: {count}" for verdict, count in sums["limits"].items() if count]
    lines += [f"days {title}: {_arrow(days['recorded'], days['replayed'])}" for title, days in _days(sums)]
    return lines


def _days(sums: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    return list(sums["custody_days"].items())


def _told(found: Differences) -> str:
    """Return what differs in one dossier, in one line; days in custody are always there."""
    parts = ["không khác / no difference"] if found.none else []
    parts += [f"{name or 'state'} {_arrow(*pair)}" for name, pair in found.states.items()]
    parts += [f"{name} {_arrow(*pair)}" for name, pair in found.terms.items()]
    parts += [f"{limit.rule} {limit.verdict.value}" for limit in found.limits]
    for fate in (Fate.REFUSED, Fate.UNKNOWN):
        parts += [_act_told(told) for told in found.replay.left_out if told.fate is fate]
    if followed := found.count(Fate.CONSEQUENCE):
        parts.append(f"{followed} hệ quả / consequences")
    parts += [f"{title} {_arrow(*days)}" for title, days in found.custody.items()]
    return "; ".join(parts)


def _act_told(told: ToldAct) -> str:
    codes = {".".join(filter(None, (reason.guard, reason.clause))): None for reason in told.reasons}
    return f"{told.act.trigger} {told.fate.value} ({', '.join(codes)})"


def _arrow(before: object, after: object) -> str:
    shown = ["-" if value is None else str(value) for value in (before, after)]
    return shown[0] if before == after else " → ".join(shown)
