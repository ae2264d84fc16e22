"""Help: what the pages are for, what each office does, what an act of the law is, and the words of the field.

The help of an act is read from the law file itself, so it says what the program does; nothing about it stands here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from flask import render_template, request

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.citing import cite
from api.pages.showing import form_title, offices_of
from api.pages.words import EFFECTS, LIMIT_KINDS, PERSONS, badge_of, length_of
from dossiers.bodies.access import may
from dossiers.bodies.kinds import ROLES
from dossiers.errors import NotFoundError
from workflow.certificates import VIETNAM
from workflow.model import Guard, Procedure, Transition
from workflow.vocabulary import Effect, Text

#: Effects of a condition that is not met, the strongest first.
_STRENGTH = (Effect.REFUSE, Effect.OVERRIDE, Effect.ALARM, Effect.WARN)


@pages.get("/help")
@allow("law:read")
def show_help() -> str:
    """Show what the pages are for and what the caller's office does; with `office`, what another one does."""
    wanted = request.args.get("office", "")
    if wanted and wanted not in ROLES:
        raise NotFoundError
    own = list(dict.fromkeys(office.role for office in caller().offices))
    acts = {role: _acts_of(role, _today()) for role in ROLES}
    return render_template(
        "help.html",
        shown=[
            {"title": say(ROLES[role].title), "acts": acts[role], "own": role in own}
            for role in ([wanted] if wanted else own)
        ],
        others=[{"id": role, "title": say(ROLES[role].title)} for role in ROLES if acts[role] and role not in own],
        tabs=[
            {"endpoint": each["endpoint"], "title": say(_text(each["title"])), "text": say(_text(each["text"]))}
            for each in _data("help")["page"]
            if may(caller(), each["right"])
        ],
    )


@pages.get("/help/moves/<string:key>/<string:trigger>")
@allow("law:read")
def show_move_help(key: str, trigger: str) -> str:
    """Show what an act of an edition does, who may, what it needs and what it starts, as the law file says."""
    procedure = next((each for each in house().law.procedures if each.key == key), None)
    group = procedure.by_trigger.get(trigger, ()) if procedure else ()
    if procedure is None or not group:
        raise NotFoundError
    variants = [_telling(procedure, each, _today()) for each in group]
    return render_template("help_move.html", procedure=procedure, title=say(group[0].title), variants=variants)


@pages.get("/help/glossary")
@allow("law:read")
def show_glossary() -> str:
    """Show the words of the field in Vietnamese and English, each with its meaning."""
    groups = [
        {
            "title": say(_text(group["title"])),
            "terms": [{"vi": term["vi"], "en": term["en"], "text": say(_text(term["text"]))} for term in group["term"]],
        }
        for group in _data("glossary")["group"]
    ]
    return render_template("help_glossary.html", groups=groups)


def _acts_of(role: str, on: date) -> list[dict[str, Any]]:
    """Return what an office does in each procedure in force on a day."""
    found = []
    for procedure in house().law.procedures:
        if date.fromisoformat(procedure.edition) > on or not _lasts(procedure, on):
            continue
        mine = {each.trigger: each.title for each in procedure.transitions if role in each.roles}
        if mine:
            lines = [{"trigger": trigger, "title": say(title)} for trigger, title in mine.items()]
            found.append({"key": procedure.key, "title": say(procedure.title), "moves": lines})
    return found


def _lasts(procedure: Procedure, on: date) -> bool:
    end = procedure.in_force_to
    return end is None or date.fromisoformat(str(end)) >= on


def _telling(procedure: Procedure, transition: Transition, on: date) -> dict[str, Any]:
    """Return one act in words: from where, who, what it asks and needs, and what it brings about."""
    custody = transition.custody
    side = next((each for each in house().law.procedures if each.id == transition.starts_proceeding), None)
    return {
        "transition": transition,
        "badge": badge_of(transition.confidence.mark),
        "who": offices_of(procedure, transition),
        "source": [say(procedure.states[state].title) for state in transition.source],
        "dest": "" if transition.dest == "=" else say(procedure.states[transition.dest].title),
        "needs": [[form_title(form, on) for form in forms] for forms in transition.requires],
        "makes": [form_title(form, on) for form in transition.generates],
        "asks": [
            {
                "label": say(procedure.facts[name].label),
                "help": say(help_) if (help_ := procedure.facts[name].help) else None,
                "required": name in transition.fields.required,
            }
            for name in transition.fields.all
        ],
        "conditions": [_condition(procedure.guards[name]) for name in transition.guards],
        "starts": _limits(procedure, (*transition.starts, *transition.restarts)),
        "stops": _limits(procedure, transition.stops),
        "custody": say(PERSONS[custody.kind]) if custody else "",
        "side": say(side.title) if side else "",
    }


def _condition(guard: Guard) -> dict[str, Any]:
    effects = {clause.effect for clause in guard.clauses}
    strongest = next((effect for effect in _STRENGTH if effect in effects), None)
    return {
        "title": say(guard.title),
        "basis": cite(guard.basis),
        "badge": badge_of(guard.confidence.mark),
        "effect": say(EFFECTS[strongest]) if strongest else "",
    }


def _limits(procedure: Procedure, names: Sequence[str]) -> list[dict[str, Any]]:
    rules = [procedure.limits[name] for name in names]
    return [
        {
            "title": say(rule.title),
            "length": length_of(rule),
            "kind": say(LIMIT_KINDS[rule.kind]),
            "basis": cite(rule.basis),
            "badge": badge_of(rule.confidence.mark),
        }
        for rule in rules
    ]


@cache
def _data(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files("api.pages") / f"{name}.toml").read_text(encoding="utf-8"))


def _text(table: Mapping[str, str]) -> Text:
    return Text(table["vi"], table["en"])


def _today() -> date:
    return house().now().astimezone(VIETNAM).date()
