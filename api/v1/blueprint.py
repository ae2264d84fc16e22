"""The blueprint all routes of version 1 hang on, and how it reads requests."""

from __future__ import annotations

import json
from typing import Any

from flask import Request
from flask_smorest import Blueprint
from marshmallow import RAISE
from webargs.core import missing
from webargs.flaskparser import FlaskParser


class StrictParser(FlaskParser):
    """Refuses JSON that cannot be held, and query parameters that no route knows."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}  # noqa: RUF012 - the library's own shape

    def _raw_load_json(self, req: Request) -> Any:  # noqa: ANN401 - any JSON value
        try:
            parsed = super()._raw_load_json(req)
            if parsed is not missing and rb"\u" in req.get_data(cache=True):
                json.dumps(parsed, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except json.JSONDecodeError:
            raise
        except (RecursionError, ValueError) as unbearable:
            # Nested too deep, a number with too many digits, half a character.
            raise json.JSONDecodeError("cannot be held", "…", 0) from unbearable
        return parsed


class _Blueprint(Blueprint):  # type: ignore[misc]
    """A blueprint whose routes all read requests strictly."""

    ARGUMENTS_PARSER = StrictParser()


v1 = _Blueprint("v1", __name__, url_prefix="/api/v1", description="hoso, version 1")
#: For routes that choose by the kind of body whether there is JSON to read.
parser = v1.ARGUMENTS_PARSER
