"""The tables of bodies, accounts and offices."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("rank", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_changed_at", UtcDateTime(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_table(
        "admin_unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("province_code", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_code", sa.String(length=10), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("level in ('province', 'commune')", name=op.f("ck_admin_unit_level")),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name=op.f("ck_admin_unit_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_unit")),
        sa.UniqueConstraint("level", "code", "valid_from", name=op.f("uq_admin_unit_level_code_valid_from")),
    )
    op.create_index(op.f("ix_admin_unit_code"), "admin_unit", ["code"], unique=False)
    op.create_index(op.f("ix_admin_unit_province_code"), "admin_unit", ["province_code"], unique=False)
    op.create_table(
        "organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("letterhead", sa.String(length=200), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("province_code", sa.String(length=10), nullable=True),
        sa.Column("commune_code", sa.String(length=10), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name=op.f("ck_organization_validity")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organization.id"], name=op.f("fk_organization_parent_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["organization.id"], name=op.f("fk_organization_successor_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_organization_code_valid_from")),
    )
    op.create_index(op.f("ix_organization_code"), "organization", ["code"], unique=False)
    op.create_index(op.f("ix_organization_commune_code"), "organization", ["commune_code"], unique=False)
    op.create_index(op.f("ix_organization_parent_id"), "organization", ["parent_id"], unique=False)
    op.create_index(op.f("ix_organization_successor_id"), "organization", ["successor_id"], unique=False)
    op.create_index("ix_organization_type_province", "organization", ["type", "province_code"], unique=False)
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name_sha256", sa.String(length=64), nullable=False),
        sa.Column("attempted_at", UtcDateTime(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index(op.f("ix_sign_in_attempt_attempted_at"), "sign_in_attempt", ["attempted_at"], unique=False)
    op.create_index("ix_sign_in_attempt_name_at", "sign_in_attempt", ["name_sha256", "attempted_at"], unique=False)
    op.create_table(
        "access_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_access_token_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_access_token_token_sha256")),
    )
    op.create_index(op.f("ix_access_token_account_id"), "access_token", ["account_id"], unique=False)
    op.create_table(
        "jurisdiction",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name=op.f("ck_jurisdiction_validity")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_jurisdiction_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("organization_id", "commune_code", "valid_from", name=op.f("pk_jurisdiction")),
    )
    op.create_index(op.f("ix_jurisdiction_commune_code"), "jurisdiction", ["commune_code"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name=op.f("ck_membership_validity")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_membership_account_id_account")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_membership_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "account_id",
            "organization_id",
            "role",
            "valid_from",
            name=op.f("uq_membership_account_id_organization_id_role_valid_from"),
        ),
    )
    op.create_index(op.f("ix_membership_account_id"), "membership", ["account_id"], unique=False)
    op.create_index(op.f("ix_membership_organization_id"), "membership", ["organization_id"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index(op.f("ix_membership_organization_id"), table_name="membership")
    op.drop_index(op.f("ix_membership_account_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(op.f("ix_jurisdiction_commune_code"), table_name="jurisdiction")
    op.drop_table("jurisdiction")
    op.drop_index(op.f("ix_access_token_account_id"), table_name="access_token")
    op.drop_table("access_token")
    op.drop_index("ix_sign_in_attempt_name_at", table_name="sign_in_attempt")
    op.drop_index(op.f("ix_sign_in_attempt_attempted_at"), table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")
    op.drop_index("ix_organization_type_province", table_name="organization")
    op.drop_index(op.f("ix_organization_successor_id"), table_name="organization")
    op.drop_index(op.f("ix_organization_parent_id"), table_name="organization")
    op.drop_index(op.f("ix_organization_commune_code"), table_name="organization")
    op.drop_index(op.f("ix_organization_code"), table_name="organization")
    op.drop_table("organization")
    op.drop_index(op.f("ix_admin_unit_province_code"), table_name="admin_unit")
    op.drop_index(op.f("ix_admin_unit_code"), table_name="admin_unit")
    op.drop_table("admin_unit")
    op.drop_table("account")
