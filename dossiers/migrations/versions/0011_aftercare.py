"""What is recorded about somebody under post-rehab management."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, UtcDateTime

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "aftercare_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("until_date", sa.Date(), nullable=True),
        sa.Column("mark", sa.String(length=20), nullable=True),
        sa.Column("content", Json(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("until_date is null or until_date >= on_date", name=op.f("ck_aftercare_record_span")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_aftercare_record_account_id_account")),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organization.id"], name=op.f("fk_aftercare_record_body_id_organization")
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_aftercare_record_dossier_id_dossier")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["aftercare_record.id"], name=op.f("fk_aftercare_record_replaces_id_aftercare_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aftercare_record")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_aftercare_record_replaces_id")),
    )
    op.create_index("ix_aftercare_record_dossier_kind", "aftercare_record", ["dossier_id", "kind", "on_date"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_aftercare_record_dossier_kind", "aftercare_record")
    op.drop_table("aftercare_record")
