"""Papers of a dossier: scans attached, forms drafted, issued, signed; their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Response, request

from api.auth.callers import allow, caller
from api.house import house
from api.presenting import paper_json
from api.schemas.answers import Page, Thing
from api.schemas.requests import ContentArgs, IssueIn, PaperIn
from api.v1.blueprint import parser, v1
from api.v1.writing import Answer, Unit, etag, expected_version, write
from dossiers.errors import InvalidDataError, NotFoundError
from dossiers.evidence.access import note_access
from dossiers.files.models import Dossier
from dossiers.files.queries import dossier_to_read
from dossiers.papers.conversion import as_pdf
from dossiers.papers.file_papers import attach_scan, attach_signed_scan, draft_paper, issue_paper, render_draft
from dossiers.papers.models import Paper
from dossiers.papers.page_codes import Seen
from dossiers.papers.print_versions import PDF, can_be_printed, print_version
from dossiers.papers.queries import paper_to_read, papers_of
from dossiers.papers.scans import Signatures, read_scan, read_upload_signatures
from dossiers.papers.uploads import DOCX, StoredUpload, store_upload
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

_FILE = {"type": "string", "format": "binary", "description": "PDF, JPEG, PNG, TIFF or Word"}
_FORM_ID = {"type": "string", "description": "document id of the forms catalogue"}


def _multipart(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"multipart/form-data": {"schema": {"type": "object", "properties": properties, "required": required}}}


#: What the description of the interface says about bodies that are not one JSON schema.
ATTACH_SIGNED: dict[str, Any] = {"required": True, "content": _multipart({"file": _FILE}, ["file"])}
ISSUE: dict[str, Any] = {
    "required": False,
    "content": {
        "application/json": {
            "schema": {"type": "object", "properties": {"replaces": {"type": ["string", "null"], "format": "uuid"}}}
        }
    },
}
ATTACH_OR_DRAFT: dict[str, Any] = {
    "required": True,
    "content": {
        **_multipart(
            {"form": _FORM_ID, "doc_date": {"type": "string", "format": "date"}, "file": _FILE}, ["form", "file"]
        ),
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"form": _FORM_ID, "fields": {"type": "object"}},
                "required": ["form"],
            }
        },
    },
}


@v1.get("/dossiers/<uuid:dossier_id>/papers")
@allow("dossier:read")
@v1.response(HTTPStatus.OK, Page)
def list_papers(dossier_id: UUID) -> dict[str, Any]:
    """Return the papers of a dossier by folio, drafts last."""
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        return {"items": [paper_json(paper) for paper in papers_of(session, dossier, caller())], "next": None}


@v1.post("/dossiers/<uuid:dossier_id>/papers")
@allow("paper:write")
@v1.doc(requestBody=ATTACH_OR_DRAFT)
@v1.response(HTTPStatus.CREATED, Thing)
def create_paper(dossier_id: UUID) -> Response:
    """Attach a scan (multipart: `form`, `doc_date`, `file`) or draft a form (JSON: `form`, `fields`)."""
    version = expected_version()
    if request.mimetype == "multipart/form-data":
        form_id = request.form.get("form", "")
        doc_date = _doc_date(request.form.get("doc_date"))
        with house().database.reading() as session:
            dossier_to_read(session, dossier_id, caller())  # what a stranger sends is not even stored
        upload = upload_of_request()

        def attach(unit: Unit) -> Answer:
            paper = attach_scan(
                unit.session,
                house().desk,
                dossier_id,
                form_id,
                upload,
                expected_version=version,
                actor=unit.actor,
                at=unit.at,
                doc_date=doc_date,
            )
            return shown(unit, paper)

        return write(attach)
    stated = parser.parse(PaperIn(), request, location="json")

    def draft(unit: Unit) -> Answer:
        paper = draft_paper(
            unit.session,
            house().desk,
            dossier_id,
            stated["form"],
            stated["fields_"],
            expected_version=version,
            actor=unit.actor,
            at=unit.at,
        )
        return shown(unit, paper)

    return write(draft)


@v1.get("/papers/<uuid:paper_id>")
@allow("dossier:read")
@v1.response(HTTPStatus.OK, Thing)
def get_paper(paper_id: UUID) -> dict[str, Any]:
    """Return one paper, without its bytes."""
    with house().database.reading() as session:
        return paper_json(paper_to_read(session, paper_id, caller()))


@v1.post("/papers/<uuid:paper_id>/issue")
@allow("paper:write")
@v1.doc(requestBody=ISSUE)
@v1.response(HTTPStatus.OK, Thing)
def issue(paper_id: UUID) -> Response:
    """Give a draft its number, date and signer, in place of another paper if `replaces` names one."""
    version = expected_version()
    stated = parser.parse(IssueIn(), request, location="json") if request.get_data(cache=True) else {}

    def work(unit: Unit) -> Answer:
        paper = issue_paper(
            unit.session,
            house().desk,
            paper_id,
            expected_version=version,
            actor=unit.actor,
            at=unit.at,
            replaces=stated.get("replaces"),
        )
        return shown(unit, paper, HTTPStatus.OK)

    return write(work)


@v1.post("/papers/<uuid:paper_id>/signed-scan")
@allow("paper:write")
@v1.doc(requestBody=ATTACH_SIGNED)
@v1.response(HTTPStatus.OK, Thing)
def sign(paper_id: UUID) -> Response:
    """File the signed copy of an issued paper (multipart: `file`); `scan_verdict`: its codes and signatures."""
    version = expected_version()
    with house().database.reading() as session:
        paper_to_read(session, paper_id, caller())
    upload, seen, signatures = signed_scan_of_request(paper_id)

    def work(unit: Unit) -> Answer:
        paper = attach_signed_scan(
            unit.session,
            paper_id,
            upload,
            seen=seen,
            signatures=signatures,
            expected_version=version,
            actor=unit.actor,
            at=unit.at,
        )
        return shown(unit, paper, HTTPStatus.OK)

    return write(work)


@v1.get("/papers/<uuid:paper_id>/content")
@allow("dossier:read")
@v1.arguments(ContentArgs, location="query")
@v1.response(HTTPStatus.OK, content_type=DOCX)
def get_content(args: Mapping[str, Any], paper_id: UUID) -> Response:
    """Return the bytes of a paper: as stored, as PDF to print, or its signed scan; a draft as it would look today."""
    return content_response(paper_id, args["format"])


def content_response(paper_id: UUID, wanted: str) -> Response:
    """Return the bytes of a paper as a download; SHA-256 is checked before a byte leaves.

    Only what was made here becomes a PDF: a Word file from outside may name addresses that a converter would fetch.
    """
    with house().database.transaction() as session:
        paper = paper_to_read(session, paper_id, caller())
        dossier = session.get(Dossier, paper.dossier_id)
        assert dossier is not None
        note_access(session, dossier, caller(), what=f"paper {wanted}", at=house().now())
        if paper.state == "draft":
            data, media_type = render_draft(session, house().desk, dossier, paper, at=house().now())[0], DOCX
        else:
            key = paper.signed_sha256 if wanted == "signed" else paper.object_sha256
            kept_as = paper.signed_media_type if wanted == "signed" else paper.media_type
            if key is None or kept_as is None:
                raise NotFoundError
            data, media_type = house().store.read(key), kept_as
        name, draft = f"{paper.form}-{paper.folio or 'nhap'}", paper.state == "draft"
        printed = wanted == "pdf" and can_be_printed(paper)
    if wanted == "pdf" and draft:
        data, media_type = as_pdf(data), PDF
    elif printed:
        data, media_type = print_version(house().database, house().store, paper_id, at=house().now()), PDF
    return _download(data, media_type, name)


def shown(unit: Unit, paper: Paper, status: HTTPStatus = HTTPStatus.CREATED) -> Answer:
    """Return a paper and the version of its dossier to go on from."""
    unit.session.flush()
    unit.session.refresh(paper)
    dossier = unit.session.get(Dossier, paper.dossier_id)
    assert dossier is not None
    return Answer({**paper_json(paper), "version": dossier.version}, status, etag(dossier.version))


def upload_of_request() -> StoredUpload:
    """Store the file of a multipart request and return what it is."""
    file = request.files.get("file")
    if file is None or not file.filename:
        text = Text("Chưa chọn tệp", "No file was sent")
        raise InvalidDataError([Reason("MISSING_FILE", text, "", Effect.REFUSE)])
    return store_upload(
        house().store,
        cast("BinaryIO", file.stream),
        filename=file.filename,
        declared_type=file.mimetype or "",
        size_bytes_max=house().settings.upload_bytes_max,
    )


def signed_scan_of_request(paper_id: UUID) -> tuple[StoredUpload, Seen | None, Signatures]:
    """Store the signed copy of a request, read its page codes and signatures; the caller may read the paper.

    While no print of the paper was given out no page can carry its code, and none is looked for.
    """
    upload = upload_of_request()
    with house().database.reading() as session:
        paper = paper_to_read(session, paper_id, caller())
        issued, printed = paper.state == "issued", paper.print_sha256 is not None
    seen = read_scan(upload) if issued and printed else ()
    return upload, seen, read_upload_signatures(upload) if issued else ()


def _doc_date(raw: str | None) -> date | None:
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        text = Text("Ngày văn bản không hợp lệ", "The date of the paper is not valid")
        raise InvalidDataError([Reason("BAD_FIELD", text, "", Effect.REFUSE)]) from None


def _download(data: bytes, media_type: str, name: str) -> Response:
    endings = {PDF: "pdf", "image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif", DOCX: "docx"}
    response = Response(data, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{endings[media_type]}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
