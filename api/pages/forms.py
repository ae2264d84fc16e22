"""What every form of a page carries, and how it is sent: once, on the version it was made on, nothing typed is lost.

Knows no law: the items of a form arrive as controls.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from flask import redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from api.house import house
from api.problems import PreconditionMissingError
from api.writing import Answer, Unit, do_once, form_parts
from dossiers.idempotency import request_digest
from workflow.certificates import VIETNAM

#: Names of the hidden items.
KEY: Final = "once"
VERSION: Final = "version"
TOKEN: Final = "csrf_token"  # noqa: S105 - the name of a form item
#: The items every act has: when it took place, and a note.
OCCURRED_AT: Final = "occurred_at"
NOTE: Final = "note"
#: Before the name of a guard: the reason for going on although it is not met.
OVERRIDE: Final = "override."
_KEY_BYTES: Final = 18
LOCAL_MINUTE: Final = "%Y-%m-%dT%H:%M"


@dataclass
class Control:
    """One item of a form: how it is asked, what it holds now, and what was wrong with it.

    `kind` is one of `text`, `textarea`, `number`, `date`, `datetime`, `yesno`, `radio`, `select`, `checks`,
    `lines`, `rows`, `file`, `files`, `password`.
    """

    name: str
    kind: str
    label: str
    required: bool = False
    help: str | None = None
    #: (value, label) pairs of `radio`, `select` and `checks`.
    options: Sequence[tuple[str, str]] = ()
    value: Any = ""
    errors: list[str] = field(default_factory=list)
    #: Where a value that is already there came from.
    source: str | None = None
    #: (name, label, kind) of the columns of `rows`; the value is then a list of records.
    columns: Sequence[tuple[str, str, str]] = ()
    #: What a browser may fill in by itself (`username` …).
    autocomplete: str = "off"

    @property
    def anchor(self) -> str:
        """Return the id of the item in the page."""
        return f"f-{self.name}"


@dataclass(frozen=True, slots=True)
class Hidden:
    """The hidden items of a form: the key that makes sending twice harmless, and the version it was made on."""

    key: str
    version: int | None = None


def new_hidden(version: int | None = None) -> Hidden:
    """Return the hidden items of a form that is shown for the first time, or again after a refusal."""
    return Hidden(secrets.token_urlsafe(_KEY_BYTES), version)


#: No version and no row of a table has more digits; longer ones are somebody's trial.
_SHORT_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def form_version() -> int:
    """Return the version that the form was made on; raises PreconditionMissingError."""
    raw = request.form.get(VERSION, "")
    if not _SHORT_NUMBER.fullmatch(raw):
        raise PreconditionMissingError
    return int(raw)


def submit(work: Callable[[Unit], str]) -> BaseResponse:
    """Do `work` once under the key of the form and go to the address it returns; again, and only go there."""
    digest = request_digest(request.method.encode(), request.path.encode(), *form_parts(without=(TOKEN,)))

    def answer(unit: Unit) -> Answer:
        return Answer({"location": work(unit)}, HTTPStatus.SEE_OTHER)

    kept = do_once(request.form.get(KEY, "").strip(), digest, answer)
    return redirect(kept.body["location"], HTTPStatus.SEE_OTHER)


def fill(controls: Sequence[Control], typed: Mapping[str, Any] | None = None) -> None:
    """Put what was typed back into the controls (from the request when not said)."""
    for control in controls:
        if typed is not None:
            control.value = typed.get(control.name, "")
        elif control.kind == "checks":
            control.value = request.form.getlist(control.name)
        elif control.kind == "rows":
            control.value = typed_rows(control)
        elif control.kind not in ("file", "files"):
            control.value = request.form.get(control.name, "").replace("\r\n", "\n")


def typed_rows(control: Control) -> list[dict[str, str]]:
    """Return the records that were typed into a table, empty ones left out."""
    prefix = f"{control.name}."
    found: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        number, dot, column = name.removeprefix(prefix).partition(".")
        if name.startswith(prefix) and dot and _SHORT_NUMBER.fullmatch(number):
            found.setdefault(int(number), {})[column] = value.strip()
    return [found[number] for number in sorted(found) if any(found[number].values())]


def blame(controls: Sequence[Control], names: Sequence[str], text: str) -> None:
    """Write a fault beside the item it is about, if there is one of these names."""
    for control in controls:
        if control.name in names:
            control.errors.append(text)


def local_now() -> str:
    """Return now as a form shows it, in the hours of Việt Nam."""
    return house().now().astimezone(VIETNAM).strftime(LOCAL_MINUTE)


def local_instant(raw: str) -> datetime | None:
    """Return the instant that was typed in the hours of Việt Nam; raises ValueError, None for nothing."""
    text = raw.strip()
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM) if text else None


def yes_no(*, unsaid: bool = False) -> list[tuple[str, str]]:
    """Return the answers to a yes-or-no question; `unsaid` adds a way to take an answer back."""
    answers = [("yes", _("Có")), ("no", _("Không"))]
    return [*answers, ("", _("Không nêu"))] if unsaid else answers
