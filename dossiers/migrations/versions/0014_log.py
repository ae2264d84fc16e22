"""The log over all diaries; and rows that are never changed refuse to be, on both engines."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, UtcDateTime

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KEPT = ("diary", "access_log", "log_leaf", "log_checkpoint", "log_witness", "log_cosignature")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "log_leaf",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_log_leaf_number")),
        sa.CheckConstraint("seq >= 1 and length(head) = 64", name=op.f("ck_log_leaf_head")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("dossier_id", "seq", name=op.f("uq_log_leaf_dossier_id_seq")),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("signature", sa.String(length=300), nullable=False),
        sa.Column("frontier", Json(), nullable=False),
        sa.CheckConstraint("size >= 1", name=op.f("ck_log_checkpoint_size")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoint")),
    )
    op.create_table(
        "log_witness",
        sa.Column("verifier", sa.String(length=200), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["organization.id"], name=op.f("fk_log_witness_body_id_organization")),
        sa.PrimaryKeyConstraint("verifier", name=op.f("pk_log_witness")),
    )
    op.create_table(
        "log_cosignature",
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("verifier", sa.String(length=200), nullable=False),
        sa.Column("line", sa.String(length=300), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["size"], ["log_checkpoint.size"], name=op.f("fk_log_cosignature_size_log_checkpoint")),
        sa.ForeignKeyConstraint(
            ["verifier"], ["log_witness.verifier"], name=op.f("fk_log_cosignature_verifier_log_witness")
        ),
        sa.PrimaryKeyConstraint("size", "verifier", name=op.f("pk_log_cosignature")),
    )
    _refuse_changes()


def downgrade() -> None:
    """Take the tables back."""
    _allow_changes()
    op.drop_table("log_cosignature")
    op.drop_table("log_witness")
    op.drop_table("log_checkpoint")
    op.drop_table("log_leaf")


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _KEPT:
            for act in ("update", "delete"):
                op.execute(
                    f"create trigger {table}_no_{act} before {act} on {table} "
                    f"begin select raise(abort, 'rows of {table} are never changed'); end"
                )
        return
    op.execute(
        "create function hoso_never_changed() returns trigger language plpgsql as "
        "$$ begin raise exception 'rows of % are never changed', tg_table_name; end $$"
    )
    for table in _KEPT:
        op.execute(
            f"create trigger {table}_never_changed before update or delete or truncate on {table} "
            "for each statement execute function hoso_never_changed()"
        )


def _allow_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _KEPT:
            for act in ("update", "delete"):
                op.execute(f"drop trigger {table}_no_{act}")
        return
    for table in _KEPT:
        op.execute(f"drop trigger {table}_never_changed on {table}")
    op.execute("drop function hoso_never_changed()")
