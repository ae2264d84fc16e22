"""The print version of a paper and what the page codes of its signed scan say."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("paper", sa.Column("print_sha256", sa.String(length=64), nullable=True))
    op.add_column("paper", sa.Column("scan_verdict", Json(), nullable=True))


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("paper", "scan_verdict")
    op.drop_column("paper", "print_sha256")
