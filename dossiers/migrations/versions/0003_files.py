"""The tables of dossiers, their law, parties, side machines and numbers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, UtcDateTime

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "dossier_counter",
        sa.Column("commune_code", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("commune_code", "year", name=op.f("pk_dossier_counter")),
    )
    op.create_table(
        "procedure_edition",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("procedure_id", sa.String(length=60), nullable=False),
        sa.Column("edition", sa.String(length=10), nullable=False),
        sa.Column("content", Json(), nullable=False),
        sa.Column("first_used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_procedure_edition")),
    )
    op.create_table(
        "dossier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("province_code", sa.String(length=10), nullable=False),
        sa.Column("commune_code", sa.String(length=10), nullable=False),
        sa.Column("procedure_id", sa.String(length=60), nullable=False),
        sa.Column("edition", sa.String(length=10), nullable=False),
        sa.Column("procedure_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.Column("last_act_at", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("predecessor_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("version >= 0", name=op.f("ck_dossier_version")),
        sa.ForeignKeyConstraint(["holder_id"], ["organization.id"], name=op.f("fk_dossier_holder_id_organization")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dossier_person_id_person")),
        sa.ForeignKeyConstraint(["predecessor_id"], ["dossier.id"], name=op.f("fk_dossier_predecessor_id_dossier")),
        sa.ForeignKeyConstraint(
            ["procedure_sha256"],
            ["procedure_edition.sha256"],
            name=op.f("fk_dossier_procedure_sha256_procedure_edition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint("number", name=op.f("uq_dossier_number")),
    )
    op.create_index("ix_dossier_holder_state", "dossier", ["holder_id", "state"], unique=False)
    op.create_index(op.f("ix_dossier_person_id"), "dossier", ["person_id"], unique=False)
    op.create_index(op.f("ix_dossier_province_code"), "dossier", ["province_code"], unique=False)
    op.create_table(
        "dossier_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(length=20), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("since_seq", sa.Integer(), nullable=False),
        sa.Column("until_seq", sa.Integer(), nullable=True),
        sa.CheckConstraint("until_seq is null or until_seq >= since_seq", name=op.f("ck_dossier_party_span")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_party_dossier_id_dossier")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_dossier_party_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_party")),
        sa.UniqueConstraint("dossier_id", "body", "since_seq", name=op.f("uq_dossier_party_dossier_id_body_since_seq")),
    )
    op.create_index(op.f("ix_dossier_party_dossier_id"), "dossier_party", ["dossier_id"], unique=False)
    op.create_index(
        "ix_dossier_party_organization_current", "dossier_party", ["organization_id", "until_seq"], unique=False
    )
    op.create_table(
        "proceeding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.String(length=10), nullable=False),
        sa.Column("procedure_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("last_act_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_proceeding_dossier_id_dossier")),
        sa.ForeignKeyConstraint(
            ["procedure_sha256"],
            ["procedure_edition.sha256"],
            name=op.f("fk_proceeding_procedure_sha256_procedure_edition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proceeding")),
        sa.UniqueConstraint("dossier_id", "kind", "number", name=op.f("uq_proceeding_dossier_id_kind_number")),
    )
    op.create_index(op.f("ix_proceeding_dossier_id"), "proceeding", ["dossier_id"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(op.f("ix_proceeding_dossier_id"), table_name="proceeding")
    op.drop_table("proceeding")
    op.drop_index("ix_dossier_party_organization_current", table_name="dossier_party")
    op.drop_index(op.f("ix_dossier_party_dossier_id"), table_name="dossier_party")
    op.drop_table("dossier_party")
    op.drop_index(op.f("ix_dossier_province_code"), table_name="dossier")
    op.drop_index(op.f("ix_dossier_person_id"), table_name="dossier")
    op.drop_index("ix_dossier_holder_state", table_name="dossier")
    op.drop_table("dossier")
    op.drop_table("procedure_edition")
    op.drop_table("dossier_counter")
