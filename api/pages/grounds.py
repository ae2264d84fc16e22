"""Grounds that the law states for what an officer must give a reason for: offered as a list, recorded as its text.

Which grounds there are is data (`grounds.toml`); the papers of the set that was handed in follow from the law files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from flask import request
from flask_babel import gettext as _

from api.house import house
from api.languages import say
from api.pages.forms import Control
from api.pages.words import badge_of
from dossiers.papers.catalogue import UnknownFormError
from workflow.model import Procedure, Transition
from workflow.vocabulary import Text

_GROUND: Final = "ground."
_PAPER: Final = "ground_paper."


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground of the law: what is recorded, where it stands, whether it is about papers of the set."""

    id: str
    text: Text
    basis: str
    confidence: str
    papers: bool


def _grounds() -> dict[str, tuple[Ground, ...]]:
    tables = tomllib.loads((files("api.pages") / "grounds.toml").read_text(encoding="utf-8"))
    return {
        fact: tuple(
            Ground(each["id"], Text(**each["text"]), each["basis"], each["confidence"], each["papers"])
            for each in grounds
        )
        for fact, grounds in tables.items()
    }


GROUNDS: Final[Mapping[str, tuple[Ground, ...]]] = MappingProxyType(_grounds())


def ground_controls(procedure: Procedure, transition: Transition, fact: str, on: date) -> list[Control]:
    """Return the items that offer the grounds of a fact; none where the law states none."""
    grounds = GROUNDS.get(fact, ())
    if not grounds:
        return []
    options = [(each.id, " – ".join(filter(None, (say(each.text), badge_of(each.confidence))))) for each in grounds]
    controls = [Control(_GROUND + fact, "checks", _("Căn cứ theo luật"), options=options, value=[])]
    papers = _papers_handed_in(procedure, transition, on)
    if papers and any(each.papers for each in grounds):
        titles = [(key, say(title)) for key, title in papers]
        help_text = _("Chọn giấy tờ còn thiếu; tên giấy tờ được ghi vào lý do.")
        controls.append(
            Control(_PAPER + fact, "checks", _("Giấy tờ còn thiếu"), options=titles, value=[], help=help_text)
        )
    return controls


def with_grounds(procedure: Procedure, transition: Transition, fact: str, typed: str, on: date) -> str:
    """Return what is recorded for a fact: the grounds that were chosen, in Vietnamese, then what was typed."""
    grounds = {each.id: each for each in GROUNDS.get(fact, ())}
    chosen = [grounds[name] for name in request.form.getlist(_GROUND + fact) if name in grounds]
    named = request.form.getlist(_PAPER + fact) if grounds else []
    missing = [title.vi for key, title in _papers_handed_in(procedure, transition, on) if key in named]
    if missing and not chosen:
        chosen = [each for each in grounds.values() if each.papers][:1]
    said = [
        f"{each.text.vi}, còn thiếu: {'; '.join(missing)}" if each.papers and missing else each.text.vi
        for each in chosen
    ]
    return ". ".join(filter(None, [*said, typed]))


def _papers_handed_in(procedure: Procedure, transition: Transition, on: date) -> list[tuple[str, Text]]:
    """Return the papers that had to be on file when the dossier came to where it stands, one or the other of each."""
    sets = dict.fromkeys(
        forms for act in procedure.transitions if act.dest in transition.source for forms in act.requires
    )
    found = []
    for forms in sets:
        titles = [title for form in forms if (title := _title(form, on)) is not None]
        if titles:
            text = Text(" hoặc ".join(each.vi for each in titles), " or ".join(each.en for each in titles))
            found.append(("+".join(forms), text))
    return found


def _title(form: str, on: date) -> Text | None:
    try:
        return house().catalogue.form(form, on).title
    except UnknownFormError:
        return None
