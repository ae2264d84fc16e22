"""Fills a form from what is known: the body, the person, the relatives, the facts of the dossier, the officer.

Every value remembers where it came from; what nobody knows is asked of the officer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies import queries as bodies
from dossiers.bodies.kinds import ROLES
from dossiers.bodies.models import Account, Organization
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.papers.catalogue import Catalogue, FormEdition, Role, Source, Variable
from dossiers.papers.filling import official_filling
from dossiers.papers.models import Paper
from dossiers.papers.symbols import symbol_for
from dossiers.people.models import Person, Relative
from dossiers.people.sealing import Sealer

#: Values that only the moment of issue gives: no officer may type them.
GIVEN_AT_ISSUE = frozenset(("doc_number", "doc_symbol", "doc_date", "signer_name", "signer_title", "signer_rank"))


@dataclass(frozen=True, slots=True)
class Filled:
    """The values of a form and where each came from (`body`, `subject`, `relatives`, `dossier`, `officer` …)."""

    values: Mapping[str, object]
    sources: Mapping[str, str]


def fill_form(
    session: Session,
    catalogue: Catalogue,
    form: FormEdition,
    dossier: Dossier,
    issuer: Organization,
    sealer: Sealer,
    officer: Mapping[str, object],
    *,
    on: date,
) -> Filled:
    """Return everything known about the variables of `form`; the officer's word goes before what the file says."""
    known = {
        Source.BODY: body_values(session, issuer, dossier, on=on) | form_values(session, form, issuer, on=on),
        Source.SUBJECT: subject_values(dossier.person, sealer),
        Source.RELATIVES: relative_values(session, dossier.person, on=on),
        Source.DOSSIER: {**paper_values(session, dossier), **fact_values(dossier)},
    }
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    for name in (*form.required, *form.optional):
        stated = officer.get(name)
        if stated not in (None, "", []):
            values[name], sources[name] = stated, Source.OFFICER.value
            continue
        for source, found in known.items():
            value = official_filling().shaped(catalogue.variable(name), found.get(name))
            if value not in (None, "", []):
                values[name], sources[name] = value, source.value
                break
    return Filled(values, sources)


def asked_of_officer(catalogue: Catalogue, form: FormEdition, filled: Filled) -> list[tuple[Variable, bool, object]]:
    """Return what the page asks: variable, whether it is required, and the value known so far."""
    required = frozenset(form.required)
    names = [name for name in (*form.required, *form.optional) if name not in GIVEN_AT_ISSUE]
    return [(catalogue.variable(name), name in required, filled.values.get(name)) for name in names]


def form_values(session: Session, form: FormEdition, issuer: Organization, *, on: date) -> dict[str, object]:
    """Return the values that follow from who issues the form: its symbol and the title of the issuer's head."""
    heads = [role for role in form.issuers if role.id in ROLES and issuer.type in ROLES[role.id].held_in]
    head = heads[0].signer_title.capitalize() if heads else None
    return {"doc_symbol": symbol_for(session, form, issuer, on=on), "facility_head_title": head}


def body_values(session: Session, issuer: Organization, dossier: Dossier, *, on: date) -> dict[str, object]:
    """Return the values that the issuing body gives, and the names of the other bodies of the file."""
    parent = bodies.letterhead_parent(session, issuer, on=on)
    values: dict[str, object] = {
        "parent_org": parent.name if parent else None,
        "issuing_org": issuer.name,
        "place": issuer.place,
    }
    places = {body: party.organization for body, party in current_parties(session, dossier).items()}
    filling = official_filling()
    for table, attribute in ((filling.name, "name"), (filling.address, "address")):
        values |= {variable: getattr(places[body], attribute) for variable, body in table.items() if body in places}
    return values


def subject_values(person: Person, sealer: Sealer) -> dict[str, object]:
    """Return the values that the record of the person gives."""
    number = sealer.open(person.id_number_sealed) if person.id_number_sealed is not None else None
    return {
        **person.details,
        "subj_full_name": person.full_name,
        "subj_other_name": person.other_name,
        "subj_gender": {"male": "Nam", "female": "Nữ"}[person.sex],
        "subj_dob": person.born_on,
        "subj_id_type": person.id_type,
        "subj_id_number": number,
        "subj_id_issue_date": person.id_issued_on,
        "subj_id_issue_place": person.id_issued_by,
        "subj_residence": person.residence,
    }


def relative_values(session: Session, person: Person, *, on: date) -> dict[str, object]:
    """Return the values that the relatives give; ages are full years counted from the year of birth."""
    rows = session.scalars(select(Relative).where(Relative.person_id == person.id).order_by(Relative.full_name)).all()
    values: dict[str, object] = {}
    for row in rows:
        if row.relation in ("father", "mother", "spouse"):
            values |= {
                f"{row.relation}_name": row.full_name,
                f"{row.relation}_age": on.year - row.birth_year if row.birth_year else None,
                f"{row.relation}_occupation": row.occupation,
                f"{row.relation}_residence": row.residence,
                f"{row.relation}_phone": row.phone,
            }
    values["children"] = [
        {
            "name": row.full_name,
            "age": on.year - row.birth_year if row.birth_year else None,
            "occupation": row.occupation or None,
            "residence": row.residence or None,
        }
        for row in rows
        if row.relation == "child"
    ]
    return values


def fact_values(dossier: Dossier) -> dict[str, object]:
    """Return the facts of the dossier, under their own names and under those that forms give them."""
    named = {variable: dossier.facts.get(fact) for variable, fact in official_filling().fact.items()}
    return {**named, **dossier.facts}


def paper_values(session: Session, dossier: Dossier) -> dict[str, object]:
    """Return what the papers on file give: the list of enclosed documents, numbers and dates of decisions.

    Void papers and those that another one replaced are cited no more.
    """
    standing = Paper.state != "void", Paper.superseded_by_id.is_(None)
    query = select(Paper).where(Paper.dossier_id == dossier.id, Paper.folio.is_not(None), *standing)
    papers = session.scalars(query.order_by(Paper.folio)).all()
    latest = {paper.form: paper for paper in papers}
    filling = official_filling()
    numbers = {name: latest[form].display_number for name, form in filling.number.items() if form in latest}
    dates = {name: latest[form].doc_date for name, form in filling.date.items() if form in latest}
    listed = [{"title": paper.title, "folio": str(paper.folio)} for paper in papers]
    return {"doc_list": listed, **numbers, **dates}


def signature_values(account: Account, role: Role) -> dict[str, object]:
    """Return the values of the signature block."""
    return {"signer_name": account.full_name, "signer_rank": account.rank or None, "signer_title": role.signer_title}
