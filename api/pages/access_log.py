"""Who opened a dossier: everybody who takes part may see who read it, when and for which purpose."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import render_template

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.paging import page_number
from api.pages.standing import dossier_to_add_to
from dossiers.bodies.naming import names_of
from dossiers.evidence.access import CASE_WORK, accesses_of, note_access
from workflow.vocabulary import Text

_ROWS: Final = 50
_WHAT: Final = {
    "page": Text("Trang hồ sơ", "Page of the dossier"),
    "dossier": Text("Hồ sơ, qua giao diện lập trình", "Dossier, through the programming interface"),
    "paper": Text("Văn bản", "Paper"),
    "paper preview": Text("Xem trước văn bản", "Preview of a paper"),
    "aftercare": Text("Theo dõi sau cai", "Aftercare"),
    "access log": Text("Nhật ký truy cập", "Access log"),
}
_CASE_WORK: Final = Text("Giải quyết hồ sơ", "Work on the dossier")


@pages.get("/dossiers/<uuid:dossier_id>/accesses")
@allow("dossier:read")
def show_accesses(dossier_id: UUID) -> str:
    """Show who opened a dossier, the latest first; only to bodies that take part in it now."""
    with house().database.transaction() as session:
        note_access(session, dossier_to_add_to(session, dossier_id), caller(), what="access log", at=house().now())
    number = page_number()
    with house().database.reading() as session:
        dossier = dossier_to_add_to(session, dossier_id)
        found = accesses_of(session, dossier_id, limit=_ROWS + 1, after=(number - 1) * _ROWS)
        rows = found[:_ROWS]
        names = names_of(
            session,
            accounts=[row.account_id for row in rows],
            organizations=[row.body_id for row in rows if row.body_id],
        )
        lines = [
            {
                "at": row.at,
                "who": names.get(str(row.account_id), ""),
                "body": names.get(str(row.body_id), ""),
                "what": say(_WHAT[row.what]) if row.what in _WHAT else row.what,
                "purpose": say(_CASE_WORK) if row.purpose == CASE_WORK else row.purpose,
            }
            for row in rows
        ]
        return render_template("accesses.html", dossier=dossier, lines=lines, number=number, more=len(found) > _ROWS)
