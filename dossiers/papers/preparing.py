"""What the page of a draft needs before anything is kept: which forms the caller may prepare, and what is known of one.

Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from dossiers.bodies import queries as bodies
from dossiers.bodies.access import Actor
from dossiers.errors import PaperRefusedError
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.papers.catalogue import FormEdition
from dossiers.papers.context import Filled, fill_form
from dossiers.papers.file_papers import PaperDesk, drafting_office, office_to_draft, signing_office
from dossiers.papers.models import Paper
from workflow.certificates import VIETNAM


def known_values(
    session: Session,
    desk: PaperDesk,
    dossier: Dossier,
    form_id: str,
    *,
    actor: Actor,
    at: datetime,
    stated: Mapping[str, object] | None = None,
) -> tuple[FormEdition, Filled]:
    """Return a form and what the file knows of its values; raises UnknownFormError or NotAllowedError."""
    on = at.astimezone(VIETNAM).date()
    form = desk.catalogue.form(form_id, on)
    office = drafting_office(session, desk.law, dossier, form, actor)
    issuer = bodies.organization(session, office.organization_id)
    return form, fill_form(session, desk.catalogue, form, dossier, issuer, desk.sealer, stated or {}, on=on)


def draftable_forms(
    session: Session, desk: PaperDesk, dossier: Dossier, actor: Actor, *, on: date
) -> list[FormEdition]:
    """Return the forms in force that have a template and that the caller may prepare in this dossier."""
    procedure, parties = desk.law.pinned(session, dossier.procedure_sha256), current_parties(session, dossier)
    forms = [form for form in desk.catalogue.forms(on) if form.template is not None]
    return [form for form in forms if office_to_draft(procedure, parties, form, actor) is not None]


def may_sign(desk: PaperDesk, paper: Paper, actor: Actor, *, on: date) -> bool:
    """Say whether the caller holds an office that signs this draft."""
    try:
        signing_office(desk.catalogue.form(paper.form, on), paper, actor)
    except PaperRefusedError:
        return False
    return True
