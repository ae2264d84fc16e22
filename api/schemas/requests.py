"""What programs may send."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

_TEXT_MAX = 20_000
#: Characters that no engine keeps: NUL, and halves of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_YEARS = range(1900, 2200)


class Line(fields.String):
    """Text that every engine can keep."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ANN401 - marshmallow's own shape
        text = super()._deserialize(value, attr, data, **kwargs)
        if _UNSTORABLE.search(text):
            raise ValidationError("Holds a character that cannot be kept.")
        return text


class Stated(fields.Dict):
    """What an act or a form states, by name: any JSON values whose texts every engine can keep."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ANN401 - marshmallow's own shape
        stated = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        if any(_UNSTORABLE.search(text) for text in _texts_in(stated)):
            raise ValidationError("Holds a character that cannot be kept.")
        return stated


class Moment(fields.AwareDateTime):
    """An instant with a zone, in a year that every engine and zone can hold."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:  # noqa: ANN401 - marshmallow's own shape
        moment = super()._deserialize(value, attr, data, **kwargs)
        if moment.year not in _YEARS:
            raise ValidationError("Not a valid aware datetime.")
        return moment


def _texts_in(value: object) -> Iterator[str]:
    """Yield every text in JSON values, names included; without recursion, for they may be nested deep."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item


class SignInIn(Schema):
    """Name and password, for a bearer token."""

    username = Line(required=True, validate=validate.Length(1, 80))
    password = Line(required=True, load_only=True, validate=validate.Length(1, 500))
    label = Line(load_default="api", validate=validate.Length(1, 80))


class RelativeIn(Schema):
    """A relative of a person."""

    relation = Line(required=True, validate=validate.Length(1, 40))
    full_name = Line(required=True, validate=validate.Length(1, 200))
    represents = fields.Boolean(load_default=False)
    sex = Line(load_default=None, allow_none=True)
    birth_year = fields.Integer(strict=True, load_default=None, allow_none=True)
    born_on = fields.Date(load_default=None, allow_none=True)
    id_type = Line(load_default=None, allow_none=True)
    id_number = Line(load_default=None, allow_none=True, validate=validate.Length(max=40))
    id_issued_on = fields.Date(load_default=None, allow_none=True)
    id_issued_by = Line(load_default="", validate=validate.Length(max=200))
    occupation = Line(load_default="", validate=validate.Length(max=200))
    residence = Line(load_default="", validate=validate.Length(max=300))
    phone = Line(load_default="", validate=validate.Length(max=40))


class PersonIn(Schema):
    """A person that a dossier may be opened about."""

    full_name = Line(required=True, validate=validate.Length(1, 200))
    other_name = Line(load_default="", validate=validate.Length(max=200))
    sex = Line(required=True, validate=validate.OneOf(["male", "female"]))
    born_on = fields.Date(required=True)
    id_type = Line(load_default=None, allow_none=True)
    id_number = Line(load_default=None, allow_none=True, validate=validate.Length(max=40))
    id_issued_on = fields.Date(load_default=None, allow_none=True)
    id_issued_by = Line(load_default="", validate=validate.Length(max=200))
    residence = Line(load_default="", validate=validate.Length(max=300))
    commune_code = Line(load_default=None, allow_none=True)
    details = fields.Dict(keys=Line(), values=Line(), load_default=dict)
    aliases = fields.List(Line(validate=validate.Length(1, 200)), load_default=list)
    relatives = fields.List(fields.Nested(RelativeIn), load_default=list)


class PersonPatch(PersonIn):
    """The items of a person that change; what is left out stays."""

    class Meta:
        """Aliases and relatives are not corrected here."""

        exclude = ("aliases", "relatives")

    def __init__(self) -> None:
        super().__init__(partial=True)


class DossierIn(Schema):
    """A dossier to open."""

    person_id = fields.UUID(required=True)
    occurred_at = Moment(load_default=None, allow_none=True)
    note = Line(load_default="", validate=validate.Length(max=_TEXT_MAX))
    commune_code = Line(load_default=None, allow_none=True, validate=validate.Length(max=10))


class MoveIn(Schema):
    """An act: the trigger, when it took place (absent = now), its fields, a note, reasons for overriding."""

    trigger = Line(required=True, validate=validate.Length(1, 60))
    occurred_at = Moment(load_default=None, allow_none=True)
    fields_ = Stated(keys=fields.String(), data_key="fields", load_default=dict)
    note = Line(load_default="", validate=validate.Length(max=_TEXT_MAX))
    overrides = fields.Dict(keys=Line(), values=Line(), load_default=dict)


class AlarmIn(Schema):
    """How an alarm was dealt with."""

    reason = Line(required=True, validate=validate.Length(1, _TEXT_MAX))


class PaperIn(Schema):
    """A form to draft, with what the officer states."""

    form = Line(required=True, validate=validate.Length(1, 20))
    fields_ = Stated(keys=fields.String(), data_key="fields", load_default=dict)


class LimitArgs(Schema):
    """How long a list may be."""

    limit = fields.Integer(strict=False, load_default=50, validate=validate.Range(1, 200))


class PageArgs(LimitArgs):
    """Which page of a list that goes by numbers."""

    after = Line(load_default=None, allow_none=True)


class IdPageArgs(LimitArgs):
    """Which page of a list that goes by ids."""

    after = fields.UUID(load_default=None, allow_none=True)


class OrganizationArgs(IdPageArgs):
    """Which bodies, as of which day."""

    type = Line(load_default=None)
    province = Line(load_default=None)
    on = fields.Date(load_default=None)


class PersonArgs(IdPageArgs):
    """Which persons."""

    q = Line(load_default="", validate=validate.Length(max=200))


class DossierArgs(PageArgs):
    """Which dossiers."""

    state = Line(load_default=None)
    holder = fields.UUID(load_default=None)
    q = Line(load_default=None, validate=validate.Length(max=200))
    due_before = Moment(load_default=None)


class DiaryArgs(Schema):
    """The diary as it was known at a moment."""

    as_of = Moment(load_default=None)


class ContentArgs(Schema):
    """Which bytes of a paper."""

    format = Line(load_default="docx", validate=validate.OneOf(["docx", "pdf", "signed"]))


class FormSetArgs(Schema):
    """For which act the papers are wanted, of which side machine if any, and how they are bound."""

    trigger = Line(required=True, validate=validate.Length(1, 60))
    proceeding = fields.UUID(load_default=None)
    format = Line(load_default="zip", validate=validate.OneOf(["zip", "pdf"]))


class DraftPatch(Schema):
    """What an officer states for a draft, in place of what was stated before."""

    fields_ = Stated(keys=fields.String(), data_key="fields", required=True)


class IssueIn(Schema):
    """The paper on file that the one being issued takes the place of."""

    replaces = fields.UUID(load_default=None, allow_none=True)


class VoidIn(Schema):
    """Why a paper is made void."""

    reason = Line(required=True, validate=validate.Length(1, 500))


class RegisterArgs(Schema):
    """The register of which body and year, and in which shape."""

    organization = fields.UUID(required=True)
    year = fields.Integer(strict=False, required=True, validate=validate.Range(_YEARS[0], _YEARS[-1]))
    format = Line(load_default="json", validate=validate.OneOf(["json", "csv"]))


class CheckpointArgs(LimitArgs):
    """Which checkpoints: those of more leaves than `after`."""

    after = fields.Integer(load_default=0, validate=validate.Range(0, 2**53))


class SinceArgs(Schema):
    """Which checkpoint is remembered: its leaves; 0 for none."""

    since = fields.Integer(load_default=0, validate=validate.Range(0, 2**53))


class CosignatureIn(Schema):
    """The line that a witness signed."""

    line = Line(required=True, validate=validate.Length(1, 300))
