"""The rights of the person a dossier is about: what was told and when, what may be done until when, what was asked.

Which acts, papers, limits and side procedures count for which right is data (`rights.toml`) with the article of each;
what a dossier has of them comes from its diary, papers and limits.  Reads nothing itself and computes no limit.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Protocol

from api.languages import say
from api.pages.citing import cite
from api.pages.showing import EntryLine, LimitLine
from api.pages.words import badge_of
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Proceeding
from dossiers.limits.models import Deadline
from workflow.model import Procedure, State
from workflow.vocabulary import Text

_ACTS: Final = ("moved", "proceeding")
#: States of a paper that is part of the file and counts.
_COUNTS: Final = ("issued", "signed")


class Side(Protocol):
    """A side machine as the page of a dossier shows it."""

    @property
    def proceeding(self) -> Proceeding:
        """Return the row."""

    @property
    def procedure(self) -> Procedure:
        """Return its law."""

    @property
    def state(self) -> State:
        """Return where it stands."""


@dataclass(frozen=True, slots=True)
class Under:
    """What counts for a right under some editions of the law; `basis` is the article they cite."""

    editions: frozenset[str]
    who: Text
    basis: str
    told: tuple[str, ...]
    used: tuple[str, ...]
    answers: tuple[str, ...]
    rests_on: tuple[str, ...]
    papers: tuple[str, ...]
    until: tuple[str, ...]
    limits: tuple[str, ...]
    sides: tuple[str, ...]

    @property
    def acts(self) -> tuple[str, ...]:
        """Return every act named."""
        return (*self.told, *self.used, *self.answers, *self.rests_on)

    @property
    def rules(self) -> tuple[str, ...]:
        """Return every limit named."""
        return (*self.until, *self.limits)


@dataclass(frozen=True, slots=True)
class Right:
    """One right and where it stands in the law."""

    id: str
    title: Text
    under: tuple[Under, ...]

    def names(self, kind: str) -> frozenset[str]:
        """Return what is named of a kind under any edition: a dossier may have changed its edition on the way."""
        return frozenset(name for each in self.under for name in getattr(each, kind))

    def where(self, key: str) -> Under | None:
        """Return where it stands under an edition, None where it does not."""
        return next((each for each in self.under if key in each.editions), None)


@dataclass(frozen=True, slots=True)
class RightLine:
    """One right of the person in a dossier, with all that the file shows of it."""

    title: str
    who: str
    basis: str
    badge: str | None
    #: Whether the law has an act that tells the person of it.
    is_told: bool
    told: list[EntryLine]
    papers: list[Mapping[str, Any]]
    #: Within what the person may use it, and within what an office must tell or answer.
    until: list[LimitLine]
    limits: list[LimitLine]
    used: list[EntryLine]
    answers: list[EntryLine]
    sides: list[Side]

    @property
    def shows(self) -> bool:
        """Say whether the file shows anything of it yet."""
        return bool(self.told or self.papers or self.until or self.limits or self.used or self.answers or self.sides)


@dataclass(frozen=True, slots=True)
class File:
    """What a dossier has: diary, limits and papers, each beside how it is shown, and the side machines."""

    entries: Sequence[tuple[DiaryEntry, EntryLine]]
    limits: Sequence[tuple[Deadline, LimitLine]]
    papers: Sequence[Mapping[str, Any]]
    sides: Sequence[Side]

    def acts(self, names: Collection[str]) -> list[tuple[DiaryEntry, EntryLine]]:
        """Return the entries that record one of these acts, the oldest first."""
        return [each for each in self.entries if each[0].kind in _ACTS and each[0].trigger in names]

    def limits_of(self, rules: Collection[str], started: Collection[int]) -> list[LimitLine]:
        """Return the counts of these limits; of a limit that several rights share, those that an entry started."""
        return [
            line
            for row, line in self.limits
            if row.rule in rules
            and row.state != "superseded"
            and (row.rule not in _SHARED or row.started_seq in started)
        ]


def _rights() -> tuple[Right, ...]:
    tables = tomllib.loads((files("api.pages") / "rights.toml").read_text(encoding="utf-8"))
    who = {name: Text(text["vi"], text["en"]) for name, text in tables["who"].items()}
    return tuple(
        Right(
            each["id"],
            Text(each["title"]["vi"], each["title"]["en"]),
            tuple(
                Under(
                    editions=frozenset(key for group in one["of"] for key in tables["editions"][group]),
                    who=who[one["who"]],
                    basis=one["basis"],
                    **{name: tuple(one.get(name, ())) for name in _LISTS},
                )
                for one in each["under"]
            ),
        )
        for each in tables["right"]
    )


_LISTS: Final = ("told", "used", "answers", "rests_on", "papers", "until", "limits", "sides")
RIGHTS: Final[tuple[Right, ...]] = _rights()
#: Limits that several rights name: one belongs to the right whose act started it.
_SHARED: Final[frozenset[str]] = frozenset(
    rule
    for rule, count in Counter(
        rule for right in RIGHTS for rule in {name for each in right.under for name in each.rules}
    ).items()
    if count > 1
)


def right_lines(file: File, procedures: Mapping[str, Procedure]) -> list[RightLine]:
    """Return the rights under the present edition of a dossier, in the order of the way it goes."""
    main = procedures[""]
    found = ((right, right.where(main.key)) for right in RIGHTS)
    return [_line(right, under, file, procedures) for right, under in found if under is not None]


def _line(right: Right, under: Under, file: File, procedures: Mapping[str, Procedure]) -> RightLine:
    told, used = file.acts(right.names("told")), file.acts(right.names("used"))
    seqs = {entry.seq for entry, _ in (*told, *used)}
    named = {str(paper) for entry, _ in (*told, *used) for paper in entry.payload.get("papers_used", ())}
    forms, sides = right.names("papers"), right.names("sides")
    return RightLine(
        title=say(right.title),
        who=say(under.who),
        basis=cite(under.basis),
        badge=badge_of(_doubt(under, procedures.values())),
        is_told=bool(under.told),
        told=[line for _, line in told],
        papers=[line for line in file.papers if _counts(line["paper"], forms, named)],
        until=file.limits_of(right.names("until"), seqs),
        limits=file.limits_of(right.names("limits"), seqs),
        used=[line for _, line in used],
        answers=[line for _, line in file.acts(right.names("answers"))],
        sides=[side for side in file.sides if side.procedure.id in sides],
    )


def _counts(paper: Any, forms: Collection[str], named: Collection[str]) -> bool:  # noqa: ANN401 - a row of papers
    here = paper.form in forms or str(paper.id) in named
    return here and paper.state in _COUNTS and paper.superseded_by_id is None


def _doubt(under: Under, procedures: Iterable[Procedure]) -> str | None:
    """Return a mark of doubt where an article of the right is cited only by acts and limits that carry one."""
    found: dict[str, list[str]] = {part: [] for part in parts_of(under.basis)}
    for procedure in procedures:
        acts = [each for each in procedure.transitions if each.trigger in under.acts]
        limits = [procedure.limits[rule] for rule in under.rules if rule in procedure.limits]
        founded = [(each.basis, each.confidence.mark) for each in acts]
        founded += [(each.basis, each.confidence.mark) for each in limits]
        for basis, mark in founded:
            for part in parts_of(basis) & found.keys():
                found[part].append(mark)
    return next((marks[0] for marks in found.values() if marks and all(map(badge_of, marks))), None)


def parts_of(basis: str) -> frozenset[str]:
    """Return the articles that a basis names, one by one."""
    return frozenset(part.strip() for part in basis.split(";") if part.strip())
