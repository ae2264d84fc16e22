"""Up to when each account has read its notices; what happened lately is found by its moment."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, UtcDateTime

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "notice_mark",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("read_until", UtcDateTime(), nullable=False),
        sa.Column("lately", Json(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_mark_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notice_mark")),
    )
    op.create_index("ix_diary_recorded_at", "diary", ["recorded_at"])
    op.create_index("ix_alarm_raised_at", "alarm", ["raised_at"])


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index("ix_alarm_raised_at", table_name="alarm")
    op.drop_index("ix_diary_recorded_at", table_name="diary")
    op.drop_table("notice_mark")
