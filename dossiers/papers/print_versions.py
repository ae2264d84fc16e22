"""The version of an issued paper to print: its Word bytes as PDF, a code on each page, made once and kept.

Made outside of any transaction, for a word processor takes seconds; whoever files it first decides what everybody
prints.  Never changes the issued bytes, and never makes a print of a draft.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final
from uuid import UUID

from dossiers.errors import NotFoundError
from dossiers.jobs import Job, lend, take_next
from dossiers.papers.claiming import claim_object
from dossiers.papers.conversion import SECONDS_MAX, NoConverterError, as_pdf, converter
from dossiers.papers.models import Paper
from dossiers.papers.stamping import TooManyPagesError, stamp_pages
from dossiers.papers.uploads import DOCX, StoredUpload
from storage.database import Database
from storage.errors import StorageError
from storage.objects import ObjectStore

log = logging.getLogger("hoso.worker")

#: The kind of job that makes the print of the paper it names.
PRINT: Final = "print-paper"
PDF: Final = "application/pdf"


def print_version(database: Database, store: ObjectStore, paper_id: UUID, *, at: datetime) -> bytes:
    """Return the PDF of an issued paper to print, making and filing it when there is none yet.

    Who may read the paper is the caller's question.  Raises NotFoundError for what is not an issued Word paper of
    ours, NoConverterError where none can be made, StorageError.
    """
    with database.reading() as session:
        paper = session.get(Paper, paper_id)
        if paper is None or not can_be_printed(paper):
            raise NotFoundError
        issued, made = paper.object_sha256, paper.print_sha256
    assert issued is not None
    if made is not None:
        return store.read(made)
    try:
        stamped = stamp_pages(as_pdf(store.read(issued)), issued)
    except TooManyPagesError as fault:
        raise NoConverterError from fault
    stored = store.put_bytes(stamped, PDF)
    with database.transaction() as session:
        paper = session.get_one(Paper, paper_id, with_for_update=True)
        if paper.print_sha256 is None:
            claim_object(session, StoredUpload(stored.key, PDF, stored.size_bytes, store), at)
            paper.print_sha256 = stored.key
        filed = paper.print_sha256
    return stamped if filed == stored.key else store.read(filed)


def can_be_printed(paper: Paper) -> bool:
    """Return whether a paper has a print: only issued bytes that were made here.

    A Word file from outside may name addresses that a converter would fetch.
    """
    return paper.state != "draft" and paper.origin == "generated" and paper.media_type == DOCX


def print_next(database: Database, store: ObjectStore, *, at: datetime) -> bool:
    """Make the next print that an issue asked for; return whether there was one.

    On a machine without a word processor the job ends at once: the print is made when somebody asks for it.
    """
    with database.transaction() as session:
        job = take_next(session, at=at, kinds=(PRINT,))
        if job is None:
            return False
        lend(job, at=at, seconds=2 * SECONDS_MAX)
        job_id, paper_id = job.id, UUID(job.payload["paper"])
    fault = None
    try:
        if converter() is not None:
            print_version(database, store, paper_id, at=at)
    except (NoConverterError, NotFoundError, StorageError) as failed:
        log.exception("job %s failed", PRINT)
        fault = type(failed).__name__
    with database.transaction() as session:
        job = session.get_one(Job, job_id)
        job.last_error = fault
        if fault is None:
            job.state = "done"
    return True
