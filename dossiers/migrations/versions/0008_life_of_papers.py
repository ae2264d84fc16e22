"""Papers that replace others, and the symbols that bodies choose for their papers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    # With its constraints in the column, SQLite need not copy the table, which rows of custody refer to.
    kind = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    op.execute(
        f"ALTER TABLE paper ADD COLUMN superseded_by_id {kind}"
        " CONSTRAINT ck_paper_superseded CHECK (superseded_by_id is null or superseded_by_id <> id)"
        " CONSTRAINT fk_paper_superseded_by_id_paper REFERENCES paper (id)"
    )
    op.create_table(
        "body_symbol",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("pattern", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_body_symbol_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["account.id"], name=op.f("fk_body_symbol_set_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_symbol")),
        sa.UniqueConstraint(
            "organization_id", "form", "valid_from", name=op.f("uq_body_symbol_organization_id_form_valid_from")
        ),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("body_symbol")
    op.drop_column("paper", "superseded_by_id")
