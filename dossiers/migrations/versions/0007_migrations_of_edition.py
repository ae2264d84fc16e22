"""The tables of plans that bring open dossiers under another edition."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, UtcDateTime

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "migration_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_key", sa.String(length=80), nullable=False),
        sa.Column("to_key", sa.String(length=80), nullable=False),
        sa.Column("rules_sha256", sa.String(length=64), nullable=False),
        sa.Column("to_sha256", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("undo_reason", sa.String(length=1000), nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        sa.Column("undo_approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state in ('proposed', 'approved', 'applied', 'undoing', 'undone')", name=op.f("ck_migration_plan_state")
        ),
        sa.CheckConstraint(
            "approved_by_id is null or approved_by_id <> proposed_by_id", name=op.f("ck_migration_plan_approver")
        ),
        sa.CheckConstraint(
            "undone_by_id is null or undone_by_id <> undo_approved_by_id", name=op.f("ck_migration_plan_undo_approver")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["account.id"], name=op.f("fk_migration_plan_approved_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["account.id"], name=op.f("fk_migration_plan_proposed_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["undo_approved_by_id"], ["account.id"], name=op.f("fk_migration_plan_undo_approved_by_id_account")
        ),
        sa.ForeignKeyConstraint(["undone_by_id"], ["account.id"], name=op.f("fk_migration_plan_undone_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_plan")),
    )
    op.create_table(
        "migration_item",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=True),
        sa.Column("landing", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=True),
        sa.Column("before", Json(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "outcome in ('waiting', 'applied', 'changed', 'undone')", name=op.f("ck_migration_item_outcome")
        ),
        sa.CheckConstraint("way in ('stays', 'switches', 'review')", name=op.f("ck_migration_item_way")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_migration_item_dossier_id_dossier")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["migration_plan.id"], name=op.f("fk_migration_item_plan_id_migration_plan")
        ),
        sa.PrimaryKeyConstraint("plan_id", "dossier_id", name=op.f("pk_migration_item")),
    )
    op.create_index(op.f("ix_migration_item_dossier_id"), "migration_item", ["dossier_id"], unique=False)
    op.create_index("ix_migration_item_plan_outcome", "migration_item", ["plan_id", "outcome"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_migration_item_plan_outcome", table_name="migration_item")
    op.drop_index(op.f("ix_migration_item_dossier_id"), table_name="migration_item")
    op.drop_table("migration_item")
    op.drop_table("migration_plan")
