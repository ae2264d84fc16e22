"""What Alembic runs: over the connection that `dossiers.migrating` opened, inside its transaction."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from dossiers.tables import metadata
from storage.columns import Json, UtcDateTime


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types by their own names."""
    if kind == "type" and isinstance(item, Json | UtcDateTime):
        autogen.imports.add(f"from storage.columns import {type(item).__name__}")
        return f"{type(item).__name__}()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata(),
    render_item=render_item,
    compare_type=True,
    render_as_batch=False,
    transactional_ddl=True,
)
context.run_migrations()
