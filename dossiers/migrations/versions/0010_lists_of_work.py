"""Indexes that lists of work are counted from without reading dossiers and limits; what officers keep of a form."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, UtcDateTime

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.drop_index("ix_deadline_dossier_id", "deadline")
    op.create_index("ix_deadline_dossier_work", "deadline", ["dossier_id", "state", "due_at", "owner_body", "rule"])
    op.drop_index("ix_dossier_party_organization_current", "dossier_party")
    op.create_index(
        "ix_dossier_party_organization_work", "dossier_party", ["organization_id", "until_seq", "body", "dossier_id"]
    )
    op.create_index("ix_diary_dossier_kind", "diary", ["dossier_id", "kind"])
    op.create_table(
        "move_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("proceeding_id", sa.Uuid(), nullable=True),
        sa.Column("trigger", sa.String(length=60), nullable=False),
        sa.Column("typed", Json(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_move_draft_account_id_account")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_move_draft_dossier_id_dossier")),
        sa.ForeignKeyConstraint(
            ["proceeding_id"], ["proceeding.id"], name=op.f("fk_move_draft_proceeding_id_proceeding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_draft")),
    )
    op.create_index(op.f("ix_move_draft_dossier_id"), "move_draft", ["dossier_id"])
    op.create_index("ix_move_draft_whose", "move_draft", ["account_id", "dossier_id", "trigger"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("move_draft")
    op.drop_index("ix_diary_dossier_kind", "diary")
    op.drop_index("ix_dossier_party_organization_work", "dossier_party")
    op.create_index("ix_dossier_party_organization_current", "dossier_party", ["organization_id", "until_seq"])
    op.drop_index("ix_deadline_dossier_work", "deadline")
    op.create_index("ix_deadline_dossier_id", "deadline", ["dossier_id"])
