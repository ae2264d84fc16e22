"""The tables of diary, access log, limits, alarms."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, UtcDateTime

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "access_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_access_log_account_id_account")),
        sa.ForeignKeyConstraint(["body_id"], ["organization.id"], name=op.f("fk_access_log_body_id_organization")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_access_log_dossier_id_dossier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    op.create_index("ix_access_log_dossier_at", "access_log", ["dossier_id", "at"], unique=False)
    op.create_table(
        "alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("text_vi", sa.String(length=500), nullable=False),
        sa.Column("text_en", sa.String(length=500), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("raised_seq", sa.Integer(), nullable=True),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_alarm_dossier_id_dossier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_index("ix_alarm_dossier_resolved", "alarm", ["dossier_id", "resolved_at"], unique=False)
    op.create_table(
        "diary",
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("trigger", sa.String(length=60), nullable=False),
        sa.Column("from_state", sa.String(length=60), nullable=True),
        sa.Column("to_state", sa.String(length=60), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("length(hash) = 64 and length(prev_hash) = 64", name=op.f("ck_diary_hash")),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_diary_seq")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_diary_account_id_account")),
        sa.ForeignKeyConstraint(["body_id"], ["organization.id"], name=op.f("fk_diary_body_id_organization")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_diary_dossier_id_dossier")),
        sa.PrimaryKeyConstraint("dossier_id", "seq", name=op.f("pk_diary")),
        sa.UniqueConstraint("hash", name=op.f("uq_diary_hash")),
    )
    op.create_table(
        "deadline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("proceeding_id", sa.Uuid(), nullable=True),
        sa.Column("started_seq", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("opens_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("owner_body", sa.String(length=20), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("certificate", Json(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("stopped_seq", sa.Integer(), nullable=True),
        sa.Column("expiry_seen_at", UtcDateTime(), nullable=True),
        sa.Column("superseded_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state in ('running', 'met', 'late', 'lapsed', 'superseded')", name=op.f("ck_deadline_state")
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_deadline_dossier_id_dossier")),
        sa.ForeignKeyConstraint(
            ["proceeding_id"], ["proceeding.id"], name=op.f("fk_deadline_proceeding_id_proceeding")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by_id"], ["deadline.id"], name=op.f("fk_deadline_superseded_by_id_deadline")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
    )
    op.create_index(op.f("ix_deadline_dossier_id"), "deadline", ["dossier_id"], unique=False)
    op.create_index("ix_deadline_state_due_at", "deadline", ["state", "due_at"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_deadline_state_due_at", table_name="deadline")
    op.drop_index(op.f("ix_deadline_dossier_id"), table_name="deadline")
    op.drop_table("deadline")
    op.drop_table("diary")
    op.drop_index("ix_alarm_dossier_resolved", table_name="alarm")
    op.drop_table("alarm")
    op.drop_index("ix_access_log_dossier_at", table_name="access_log")
    op.drop_table("access_log")
