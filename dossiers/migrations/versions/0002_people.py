"""The tables of persons and relatives."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, UtcDateTime

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("folded_name", sa.String(length=600), nullable=False),
        sa.Column("other_name", sa.String(length=200), nullable=False),
        sa.Column("sex", sa.String(length=10), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_index", sa.String(length=64), nullable=True),
        sa.Column("id_type", sa.String(length=20), nullable=True),
        sa.Column("id_issued_on", sa.Date(), nullable=True),
        sa.Column("id_issued_by", sa.String(length=200), nullable=False),
        sa.Column("residence", sa.String(length=300), nullable=False),
        sa.Column("commune_code", sa.String(length=10), nullable=True),
        sa.Column("details", Json(), nullable=False),
        sa.Column("created_by_body_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("sex in ('male', 'female')", name=op.f("ck_person_sex")),
        sa.ForeignKeyConstraint(
            ["created_by_body_id"], ["organization.id"], name=op.f("fk_person_created_by_body_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_commune_code"), "person", ["commune_code"], unique=False)
    op.create_index(op.f("ix_person_created_by_body_id"), "person", ["created_by_body_id"], unique=False)
    op.create_index(op.f("ix_person_folded_name"), "person", ["folded_name"], unique=False)
    op.create_index(op.f("ix_person_id_number_index"), "person", ["id_number_index"], unique=False)
    op.create_table(
        "person_alias",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded_name", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_alias_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_alias")),
    )
    op.create_index(op.f("ix_person_alias_folded_name"), "person_alias", ["folded_name"], unique=False)
    op.create_index(op.f("ix_person_alias_person_id"), "person_alias", ["person_id"], unique=False)
    op.create_table(
        "person_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", Json(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("corrected_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_person_correction_account_id_account")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_correction_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_correction")),
        sa.UniqueConstraint("person_id", "version", name=op.f("uq_person_correction_person_id_version")),
    )
    op.create_index(op.f("ix_person_correction_person_id"), "person_correction", ["person_id"], unique=False)
    op.create_table(
        "relative",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("represents", sa.Boolean(), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("sex", sa.String(length=10), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("id_type", sa.String(length=20), nullable=True),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_issued_on", sa.Date(), nullable=True),
        sa.Column("id_issued_by", sa.String(length=200), nullable=False),
        sa.Column("occupation", sa.String(length=200), nullable=False),
        sa.Column("residence", sa.String(length=300), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.CheckConstraint("sex is null or sex in ('male', 'female')", name=op.f("ck_relative_sex")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_relative_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relative")),
    )
    op.create_index(op.f("ix_relative_person_id"), "relative", ["person_id"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(op.f("ix_relative_person_id"), table_name="relative")
    op.drop_table("relative")
    op.drop_index(op.f("ix_person_correction_person_id"), table_name="person_correction")
    op.drop_table("person_correction")
    op.drop_index(op.f("ix_person_alias_person_id"), table_name="person_alias")
    op.drop_index(op.f("ix_person_alias_folded_name"), table_name="person_alias")
    op.drop_table("person_alias")
    op.drop_index(op.f("ix_person_id_number_index"), table_name="person")
    op.drop_index(op.f("ix_person_folded_name"), table_name="person")
    op.drop_index(op.f("ix_person_created_by_body_id"), table_name="person")
    op.drop_index(op.f("ix_person_commune_code"), table_name="person")
    op.drop_table("person")
