"""The tables of papers, their counters and objects, the custody cover."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, UtcDateTime

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "stored_object",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_object")),
    )
    op.create_table(
        "paper_counter",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.String(length=60), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_paper_counter_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("organization_id", "series", "year", name=op.f("pk_paper_counter")),
    )
    op.create_table(
        "paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("edition", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.String(length=60), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("number_year", sa.Integer(), nullable=True),
        sa.Column("fields", Json(), nullable=False),
        sa.Column("sources", Json(), nullable=False),
        sa.Column("object_sha256", sa.String(length=64), nullable=True),
        sa.Column("media_type", sa.String(length=100), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("signed_sha256", sa.String(length=64), nullable=True),
        sa.Column("signed_media_type", sa.String(length=100), nullable=True),
        sa.Column("folio", sa.Integer(), nullable=True),
        sa.Column("used_seq", sa.Integer(), nullable=True),
        sa.Column("drafted_by_id", sa.Uuid(), nullable=False),
        sa.Column("issued_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("doc_date", sa.Date(), nullable=True),
        sa.Column("issued_at", UtcDateTime(), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("origin in ('generated', 'scan')", name=op.f("ck_paper_origin")),
        sa.CheckConstraint("state <> 'signed' or signed_sha256 is not null", name=op.f("ck_paper_signed")),
        sa.CheckConstraint("state = 'draft' or object_sha256 is not null", name=op.f("ck_paper_content")),
        sa.CheckConstraint("state in ('draft', 'issued', 'signed', 'void')", name=op.f("ck_paper_state")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_paper_dossier_id_dossier")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["account.id"], name=op.f("fk_paper_drafted_by_id_account")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["account.id"], name=op.f("fk_paper_issued_by_id_account")),
        sa.ForeignKeyConstraint(["issuer_id"], ["organization.id"], name=op.f("fk_paper_issuer_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sa.UniqueConstraint("dossier_id", "folio", name=op.f("uq_paper_dossier_id_folio")),
        sa.UniqueConstraint(
            "issuer_id", "series", "number_year", "number", name=op.f("uq_paper_issuer_id_series_number_year_number")
        ),
    )
    op.create_index("ix_paper_dossier_form", "paper", ["dossier_id", "form", "state"], unique=False)
    op.create_index(op.f("ix_paper_issuer_id"), "paper", ["issuer_id"], unique=False)
    op.create_table(
        "custody_interval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("instrument", sa.String(length=20), nullable=True),
        sa.Column("paper_id", sa.Uuid(), nullable=True),
        sa.Column("from_at", UtcDateTime(), nullable=False),
        sa.Column("to_at", UtcDateTime(), nullable=True),
        sa.Column("from_seq", sa.Integer(), nullable=False),
        sa.Column("to_seq", sa.Integer(), nullable=True),
        sa.CheckConstraint("to_at is null or to_at >= from_at", name=op.f("ck_custody_interval_span")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_custody_interval_dossier_id_dossier")),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["organization.id"], name=op.f("fk_custody_interval_holder_id_organization")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_custody_interval_paper_id_paper")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_interval")),
    )
    op.create_index("ix_custody_interval_dossier_from", "custody_interval", ["dossier_id", "from_at"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_custody_interval_dossier_from", table_name="custody_interval")
    op.drop_table("custody_interval")
    op.drop_index(op.f("ix_paper_issuer_id"), table_name="paper")
    op.drop_index("ix_paper_dossier_form", table_name="paper")
    op.drop_table("paper")
    op.drop_table("paper_counter")
    op.drop_table("stored_object")
