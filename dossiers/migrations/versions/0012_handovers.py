"""Hand-overs between bodies, the areas of facilities with their capacity, and who is placed where."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, UtcDateTime

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "facility_area",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_facility_area_capacity")),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name=op.f("ck_facility_area_validity")),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["organization.id"], name=op.f("fk_facility_area_facility_id_organization")
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["account.id"], name=op.f("fk_facility_area_set_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_area")),
        sa.UniqueConstraint(
            "facility_id", "kind", "valid_from", name=op.f("uq_facility_area_facility_id_kind_valid_from")
        ),
    )
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("from_body_id", sa.Uuid(), nullable=False),
        sa.Column("to_body_id", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("manifest", Json(), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_seq", sa.Integer(), nullable=False),
        sa.Column("sender_account_id", sa.Uuid(), nullable=True),
        sa.Column("sender_at", UtcDateTime(), nullable=True),
        sa.Column("sender_seq", sa.Integer(), nullable=True),
        sa.Column("receiver_account_id", sa.Uuid(), nullable=True),
        sa.Column("receiver_at", UtcDateTime(), nullable=True),
        sa.Column("receiver_seq", sa.Integer(), nullable=True),
        sa.Column("differences", sa.String(length=2000), nullable=True),
        sa.Column("differences_by_id", sa.Uuid(), nullable=True),
        sa.Column("differences_at", UtcDateTime(), nullable=True),
        sa.Column("differences_seq", sa.Integer(), nullable=True),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(receiver_at is null) = (receiver_seq is null)", name=op.f("ck_handover_receiver")),
        sa.CheckConstraint("(sender_at is null) = (sender_seq is null)", name=op.f("ck_handover_sender")),
        sa.CheckConstraint("from_body_id <> to_body_id", name=op.f("ck_handover_sides")),
        sa.CheckConstraint("supersedes_id is null or supersedes_id <> id", name=op.f("ck_handover_supersedes")),
        sa.ForeignKeyConstraint(
            ["differences_by_id"], ["account.id"], name=op.f("fk_handover_differences_by_id_account")
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_handover_dossier_id_dossier")),
        sa.ForeignKeyConstraint(
            ["from_body_id"], ["organization.id"], name=op.f("fk_handover_from_body_id_organization")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["account.id"], name=op.f("fk_handover_made_by_id_account")),
        sa.ForeignKeyConstraint(
            ["receiver_account_id"], ["account.id"], name=op.f("fk_handover_receiver_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["sender_account_id"], ["account.id"], name=op.f("fk_handover_sender_account_id_account")
        ),
        sa.ForeignKeyConstraint(["supersedes_id"], ["handover.id"], name=op.f("fk_handover_supersedes_id_handover")),
        sa.ForeignKeyConstraint(["to_body_id"], ["organization.id"], name=op.f("fk_handover_to_body_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_handover_supersedes_id")),
    )
    op.create_index(op.f("ix_handover_dossier_id"), "handover", ["dossier_id"], unique=False)
    op.create_index("ix_handover_from_body_made", "handover", ["from_body_id", "made_at"], unique=False)
    op.create_index("ix_handover_to_body_made", "handover", ["to_body_id", "made_at"], unique=False)
    op.create_table(
        "placement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("from_at", UtcDateTime(), nullable=False),
        sa.Column("to_at", UtcDateTime(), nullable=True),
        sa.Column("placed_by_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("to_at is null or to_at >= from_at", name=op.f("ck_placement_span")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_placement_dossier_id_dossier")),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["organization.id"], name=op.f("fk_placement_facility_id_organization")
        ),
        sa.ForeignKeyConstraint(["placed_by_id"], ["account.id"], name=op.f("fk_placement_placed_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index("ix_placement_dossier_to", "placement", ["dossier_id", "to_at"], unique=False)
    op.create_index("ix_placement_facility_to", "placement", ["facility_id", "to_at"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_placement_facility_to", table_name="placement")
    op.drop_index("ix_placement_dossier_to", table_name="placement")
    op.drop_table("placement")
    op.drop_index("ix_handover_to_body_made", table_name="handover")
    op.drop_index("ix_handover_from_body_made", table_name="handover")
    op.drop_index(op.f("ix_handover_dossier_id"), table_name="handover")
    op.drop_table("handover")
    op.drop_table("facility_area")
