"""A paper that was made here, shown inside a page without a script; the signed copy alone counts."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from markupsafe import Markup

from api.auth.callers import allow, caller
from api.house import house
from api.pages.blueprint import pages
from api.pages.dossier import paper_line
from dossiers.errors import NotFoundError
from dossiers.evidence.access import note_access
from dossiers.files.queries import dossier_to_read
from dossiers.papers.file_papers import render_draft
from dossiers.papers.preview import preview_html
from dossiers.papers.queries import paper_to_read


@pages.get("/papers/<uuid:paper_id>/preview")
@allow("dossier:read")
def preview_paper(paper_id: UUID) -> str:
    """Show a draft as it would look today, or an issued paper as it was issued; scans are only downloaded."""
    at = house().now()
    with house().database.transaction() as session:
        paper = paper_to_read(session, paper_id, caller())
        dossier = dossier_to_read(session, paper.dossier_id, caller())
        if paper.origin != "generated":
            raise NotFoundError
        note_access(session, dossier, caller(), what="paper preview", at=at)
        if paper.object_sha256 is None:
            word = render_draft(session, house().desk, dossier, paper, at=at)[0]
        else:
            word = house().store.read(paper.object_sha256)
        # Every element was written anew from a short list: what is left can do nothing.
        body = Markup(preview_html(word))  # noqa: S704
        return render_template("paper_preview.html", dossier=dossier, paper=paper, line=paper_line(paper), body=body)
