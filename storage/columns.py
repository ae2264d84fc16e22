"""Column types that mean the same on SQLite and on PostgreSQL.

Never holds a table, and never reads a clock: what is stored is what the caller stated.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage.errors import NaiveDateTimeError, UnstorableTextError

# An escaped NUL; an escaped backslash that happens to stand before u0000 is none.
_NUL_IN_JSON = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware datetimes go in, aware datetimes in UTC come out, microseconds kept.

    SQLite keeps UTC text without an offset, so that text order is time order; PostgreSQL keeps
    `timestamptz`.  A naive value raises NaiveDateTimeError (inside SQLAlchemy's StatementError).
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn the stated time into UTC, or refuse it."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise NaiveDateTimeError("a point in time without a time zone cannot be stored")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored time, aware and in UTC whatever the time zone of the connection is."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value: text on SQLite, `jsonb` on PostgreSQL; Python's None is SQL NULL.

    PostgreSQL does not keep the order of keys: hash the canonical form, never the stored one.
    """

    impl = JSON
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(none_as_null=True)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002 - as declared above
        """Refuse what one of the engines could not keep (see `dump_json`), before either sees it."""
        if value is not None:
            dump_json(value)
        return value

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the engine's own type."""
        chosen = JSONB(none_as_null=True) if dialect.name == "postgresql" else JSON(none_as_null=True)
        return dialect.type_descriptor(chosen)

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:  # noqa: ANN401 - as declared above
        """Let `column["key"]` and comparisons behave as on the plain JSON type."""
        return self.impl_instance.coerce_compared_value(op, value)


def dump_json(value: object) -> str:
    """Write a JSON value as both engines accept it.

    Raises ValueError for NaN and infinities and UnstorableTextError for the NUL character: SQLite
    would take both, PostgreSQL neither.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if _NUL_IN_JSON.search(text):
        raise UnstorableTextError("JSON with a NUL character cannot be stored")
    return text
