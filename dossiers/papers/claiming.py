"""Claims stored objects for the rows that are about to name them, so that no sweep removes what a paper names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.counting import locked_counter
from dossiers.papers.models import StoredObject
from dossiers.papers.uploads import StoredUpload
from storage.errors import ObjectStoreUnavailableError


def claim_object(session: Session, upload: StoredUpload, at: datetime) -> None:
    """Claim the object that a paper will name; from then on the sweep leaves it alone.

    Waits for a sweep that holds the same key.  Raises ObjectStoreUnavailableError when that sweep has just removed
    the object as an orphan: the bytes are put again when the request is sent again.
    """
    row = StoredObject(sha256=upload.sha256, size_bytes=upload.size_bytes, media_type=upload.media_type, stored_at=at)
    locked_counter(session, select(StoredObject).where(StoredObject.sha256 == upload.sha256), row)
    if not upload.store.exists(upload.sha256):
        raise ObjectStoreUnavailableError("the object was swept before a paper named it")
