"""What programs may send."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

_TEXT_MAX = 20_000


class SignInIn(Schema):
    """Name and password, for a bearer token."""

    username = fields.String(required=True, validate=validate.Length(1, 80))
    password = fields.String(required=True, load_only=True, validate=validate.Length(1, 500))
    label = fields.String(load_default="api", validate=validate.Length(1, 80))


class RelativeIn(Schema):
    """A relative of a person."""

    relation = fields.String(required=True, validate=validate.Length(1, 40))
    full_name = fields.String(required=True, validate=validate.Length(1, 200))
    represents = fields.Boolean(load_default=False)
    sex = fields.String(load_default=None, allow_none=True)
    birth_year = fields.Integer(strict=True, load_default=None, allow_none=True)
    born_on = fields.Date(load_default=None, allow_none=True)
    id_type = fields.String(load_default=None, allow_none=True)
    id_number = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))
    id_issued_on = fields.Date(load_default=None, allow_none=True)
    id_issued_by = fields.String(load_default="", validate=validate.Length(max=200))
    occupation = fields.String(load_default="", validate=validate.Length(max=200))
    residence = fields.String(load_default="", validate=validate.Length(max=300))
    phone = fields.String(load_default="", validate=validate.Length(max=40))


class PersonIn(Schema):
    """A person that a dossier may be opened about."""

    full_name = fields.String(required=True, validate=validate.Length(1, 200))
    other_name = fields.String(load_default="", validate=validate.Length(max=200))
    sex = fields.String(required=True, validate=validate.OneOf(["male", "female"]))
    born_on = fields.Date(required=True)
    id_type = fields.String(load_default=None, allow_none=True)
    id_number = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))
    id_issued_on = fields.Date(load_default=None, allow_none=True)
    id_issued_by = fields.String(load_default="", validate=validate.Length(max=200))
    residence = fields.String(load_default="", validate=validate.Length(max=300))
    commune_code = fields.String(load_default=None, allow_none=True)
    details = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    aliases = fields.List(fields.String(validate=validate.Length(1, 200)), load_default=list)
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
    occurred_at = fields.AwareDateTime(load_default=None, allow_none=True)
    note = fields.String(load_default="", validate=validate.Length(max=_TEXT_MAX))


class MoveIn(Schema):
    """An act: the trigger, when it took place (absent = now), its fields, a note, reasons for overriding."""

    trigger = fields.String(required=True, validate=validate.Length(1, 60))
    occurred_at = fields.AwareDateTime(load_default=None, allow_none=True)
    fields_ = fields.Dict(keys=fields.String(), data_key="fields", load_default=dict)
    note = fields.String(load_default="", validate=validate.Length(max=_TEXT_MAX))
    overrides = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


class PaperIn(Schema):
    """A form to draft, with what the officer states."""

    form = fields.String(required=True, validate=validate.Length(1, 20))
    fields_ = fields.Dict(keys=fields.String(), data_key="fields", load_default=dict)


class PageArgs(Schema):
    """Which page of a list."""

    limit = fields.Integer(strict=False, load_default=50, validate=validate.Range(1, 200))
    after = fields.String(load_default=None, allow_none=True)


class OrganizationArgs(PageArgs):
    """Which bodies, as of which day."""

    type = fields.String(load_default=None)
    province = fields.String(load_default=None)
    on = fields.Date(load_default=None)


class PersonArgs(PageArgs):
    """Which persons."""

    q = fields.String(load_default="", validate=validate.Length(max=200))


class DossierArgs(PageArgs):
    """Which dossiers."""

    state = fields.String(load_default=None)
    holder = fields.UUID(load_default=None)
    q = fields.String(load_default=None, validate=validate.Length(max=200))
    due_before = fields.AwareDateTime(load_default=None)


class DiaryArgs(Schema):
    """The diary as it was known at a moment."""

    as_of = fields.AwareDateTime(load_default=None)


class ContentArgs(Schema):
    """Which bytes of a paper."""

    format = fields.String(load_default="docx", validate=validate.OneOf(["docx", "pdf", "signed"]))
