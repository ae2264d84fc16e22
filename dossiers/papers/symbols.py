"""What stands after the number of a paper: the symbol of the catalogue, or the one its body chose (POL-DOC-SYMBOL).

A choice holds from a day on; papers issued before keep what they were printed with.  A new symbol starts a new row of
numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor, may
from dossiers.bodies.kinds import ROLES
from dossiers.bodies.models import Organization
from dossiers.errors import InvalidDataError, NotAllowedError
from dossiers.papers.catalogue import Catalogue, FormEdition
from dossiers.papers.models import BodySymbol, Paper
from workflow.certificates import VIETNAM
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

SYMBOL_LENGTH_MAX: Final = 40
_YEAR: Final = "{year}"
#: No later year is looked at when two symbols are held against each other.
_LAST_YEAR: Final = 2199
#: Groups of capitals and digits, or the year, joined by single hyphens, slashes and points (NĐ 30/2020, Phụ lục III).
_SHAPE: Final = re.compile(r"(?:\{year\}|[^\W_]+)(?:[-/.](?:\{year\}|[^\W_]+))*")


def symbol_for(session: Session, form: FormEdition, issuer: Organization, *, on: date) -> str | None:
    """Return what stands after the number of a paper that a body issues that day (`QĐ-CAX`, `2026/QĐ-TA`)."""
    pattern = _pattern_on(session, form, issuer, on)
    return None if pattern is None else printed_symbol(pattern, on.year)


def printed_symbol(pattern: str, year: int) -> str:
    """Return a pattern as it is printed in a year."""
    return pattern.replace(_YEAR, str(year))


def symbols_of(session: Session, organization: Organization) -> list[BodySymbol]:
    """Return every symbol that a body chose, by form and day."""
    query = select(BodySymbol).where(BodySymbol.organization_id == organization.id)
    return list(session.scalars(query.order_by(BodySymbol.form, BodySymbol.valid_from)))


def set_symbol(
    session: Session,
    catalogue: Catalogue,
    organization: Organization,
    form_id: str,
    pattern: str,
    *,
    valid_from: date,
    actor: Actor,
    at: datetime,
) -> BodySymbol:
    """Let the papers of a form bear another symbol from a day on; only who signs the form, or an administrator, may.

    Raises UnknownFormError, NotAllowedError, and InvalidDataError for a day that has passed, a form without number or
    of another kind of body, characters that no symbol has, and a symbol that papers of another kind bear.
    """
    form = catalogue.form(form_id, valid_from)
    _must_decide(organization, form, actor)
    faults = [
        *_day_faults(session, organization, form_id, valid_from, at),
        *_form_faults(organization, form),
        *_pattern_faults(pattern),
    ]
    if not faults:
        faults = list(_collisions(session, catalogue, organization, form, pattern, valid_from))
    if faults:
        raise InvalidDataError([Reason("BAD_SYMBOL", text, "", Effect.REFUSE) for text in faults])
    row = BodySymbol(
        organization_id=organization.id,
        form=form_id,
        pattern=pattern,
        valid_from=valid_from,
        set_by_id=actor.account_id,
        set_at=at,
    )
    session.add(row)
    session.flush()
    return row


def _pattern_on(session: Session, form: FormEdition, issuer: Organization, on: date) -> str | None:
    query = select(BodySymbol.pattern).where(
        BodySymbol.organization_id == issuer.id, BodySymbol.form == form.form_id, BodySymbol.valid_from <= on
    )
    chosen = session.scalars(query.order_by(BodySymbol.valid_from.desc()).limit(1)).first()
    return form.symbol if chosen is None else chosen


def _must_decide(organization: Organization, form: FormEdition, actor: Actor) -> None:
    signing = {role.id for role in form.issuers}
    heads = [office for office in actor.offices if office.organization_id == organization.id and office.role in signing]
    if not heads and not may(actor, "admin"):
        raise NotAllowedError


def _day_faults(
    session: Session, organization: Organization, form_id: str, valid_from: date, at: datetime
) -> Iterator[Text]:
    if valid_from < at.astimezone(VIETNAM).date():
        yield Text("Chỉ đổi ký hiệu từ hôm nay trở đi", "A symbol changes from today on, never for the past")
    same_day = select(BodySymbol.id).where(
        BodySymbol.organization_id == organization.id,
        BodySymbol.form == form_id,
        BodySymbol.valid_from == valid_from,
    )
    if session.scalars(same_day).first() is not None:
        yield Text("Đã có ký hiệu áp dụng từ ngày đó", "There is a symbol from that day on already")


def _form_faults(organization: Organization, form: FormEdition) -> Iterator[Text]:
    if not form.numbered or form.symbol is None:
        yield Text("Văn bản này không có số và ký hiệu", "Papers of this kind bear no number and symbol")
    elif not _issued_by(form, organization):
        yield Text("Cơ quan này không ban hành loại văn bản đó", "This body does not issue papers of that kind")


def _pattern_faults(pattern: str) -> Iterator[Text]:
    bare = pattern.replace(_YEAR, "")
    if len(pattern) > SYMBOL_LENGTH_MAX:
        yield Text(f"Ký hiệu dài quá {SYMBOL_LENGTH_MAX} ký tự", f"A symbol has at most {SYMBOL_LENGTH_MAX} characters")
    if not _SHAPE.fullmatch(pattern) or bare != bare.upper() or not any(letter.isalpha() for letter in bare):
        yield Text(
            "Ký hiệu chỉ gồm chữ in hoa, chữ số và {year}, nối bằng một dấu “-”, “/” hoặc “.” (ví dụ: {year}/QĐ-CAX)",
            "A symbol has capitals, digits and {year}, joined by single “-”, “/” or “.” (such as {year}/QĐ-CAX)",
        )


def _issued_by(form: FormEdition, organization: Organization) -> bool:
    return any(role.id in ROLES and organization.type in ROLES[role.id].held_in for role in form.issuers)


def _collisions(
    session: Session,
    catalogue: Catalogue,
    organization: Organization,
    form: FormEdition,
    pattern: str,
    valid_from: date,
) -> Iterator[Text]:
    """Yield each other kind of paper that would bear the same symbol from the day on.

    Forms that share a symbol in the catalogue share one row of numbers and may go on doing so.
    """
    years = range(valid_from.year, _LAST_YEAR + 1)
    chosen: dict[str, list[BodySymbol]] = {}
    for row in symbols_of(session, organization):
        chosen.setdefault(row.form, []).append(row)
    others = {each.form_id: each for each in catalogue.forms(valid_from) if each.form_id != form.form_id}
    shown = printed_symbol(pattern, valid_from.year)
    borne = select(Paper.form).where(
        Paper.issuer_id == organization.id, Paper.number_year == valid_from.year, Paper.series == shown
    )
    borne_by = set(session.scalars(borne))
    for form_id, other in others.items():
        if other.symbol in (None, form.symbol) or not _issued_by(other, organization):
            continue
        later = [row.pattern for row in chosen.get(form_id, ()) if row.valid_from > valid_from]
        patterns = {_pattern_on(session, other, organization, valid_from) or "", *later}
        same = any(printed_symbol(pattern, year) == printed_symbol(each, year) for each in patterns for year in years)
        if same or form_id in borne_by:
            yield Text(
                f"Trùng ký hiệu với văn bản khác: {other.title.vi}", f"Another kind of paper bears it: {other.title.en}"
            )
