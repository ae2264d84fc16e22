"""The written decisions by which offices are delegated."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "delegation",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("giver_membership_id", sa.Uuid(), nullable=False),
        sa.Column("decision_no", sa.String(length=60), nullable=False),
        sa.Column("decision_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["giver_membership_id"], ["membership.id"], name=op.f("fk_delegation_giver_membership_id_membership")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_delegation_membership_id_membership")
        ),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["account.id"], name=op.f("fk_delegation_revoked_by_id_account")),
        sa.PrimaryKeyConstraint("membership_id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_giver_membership_id"), "delegation", ["giver_membership_id"], unique=False)


def downgrade() -> None:
    """Take the table back."""
    op.drop_index(op.f("ix_delegation_giver_membership_id"), table_name="delegation")
    op.drop_table("delegation")
