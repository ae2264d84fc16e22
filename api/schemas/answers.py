"""What programs get, for the description of the interface; the values are built in `api.presenting`."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields


class _Open(Schema):
    """An answer that may gain items: additions are no breaking change."""

    class Meta:
        unknown = EXCLUDE

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:  # noqa: ANN401, ARG002 - marshmallow's own shape
        """Return what `api.presenting` built as it is: these schemas describe, they do not filter."""
        return obj


class Problem(_Open):
    """RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String()
    reasons = fields.List(fields.Dict())


class Page(_Open):
    """A page of a list: `next` is the `after` of the page that follows, null at the end."""

    items = fields.List(fields.Dict(), required=True)
    next = fields.String(required=True, allow_none=True)


class Token(_Open):
    """A bearer token and the offices it acts in."""

    token = fields.String(required=True)
    account = fields.Dict(required=True)


class Thing(_Open):
    """One resource."""

    id = fields.String(required=True)


class MoveOut(_Open):
    """What an act did."""

    entry = fields.Dict(required=True)
    state = fields.Dict(required=True)
    deadlines = fields.List(fields.Dict(), required=True)
    forms = fields.List(fields.String(), required=True)
    version = fields.Integer(required=True)
