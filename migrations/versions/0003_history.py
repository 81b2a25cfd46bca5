"""History: change sets and changes, which nothing alters.

A trigger refuses every change of what is written, on both databases. It does not refuse TRUNCATE on PostgreSQL, which
only the owner of a table may do.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


TABLES = ("change_sets", "changes")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change_sets",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False, cache=1),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("form_key", sa.String(length=40), nullable=True),
        sa.Column("undoes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["change_sets.id"], name=op.f("fk_change_sets_undoes_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_sets")),
        sa.UniqueConstraint("form_key", name=op.f("uq_change_sets_form_key")),
    )
    with op.batch_alter_table("change_sets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_sets_actor_id_id"), ["actor_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_sets_at_id"), ["at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_sets_entity_id"), ["entity", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_sets_kind_id"), ["kind", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_sets_undoes_id"), ["undoes_id"], unique=False)

    op.create_table(
        "changes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False, cache=1),
            nullable=False,
        ),
        sa.Column("set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("after", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(["set_id"], ["change_sets.id"], name=op.f("fk_changes_set_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_changes_entity_record_id_id"), ["entity", "record_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_changes_set_id_step_entity_record_id"),
            ["set_id", "step", "entity", "record_id"],
            unique=False,
        )

    refuse_changes()


def refuse_changes() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$"
        )
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(guard(table, verb, op.get_context().dialect.name))


def guard(table: str, verb: str, dialect: str) -> str:
    name = f"{table}_refuse_{verb.lower()}"
    if dialect == "postgresql":
        return f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()"
    return f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"


def downgrade() -> None:
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_changes_set_id_step_entity_record_id"))
        batch_op.drop_index(batch_op.f("ix_changes_entity_record_id_id"))

    op.drop_table("changes")
    with op.batch_alter_table("change_sets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_sets_undoes_id"))
        batch_op.drop_index(batch_op.f("ix_change_sets_kind_id"))
        batch_op.drop_index(batch_op.f("ix_change_sets_entity_id"))
        batch_op.drop_index(batch_op.f("ix_change_sets_at_id"))
        batch_op.drop_index(batch_op.f("ix_change_sets_actor_id_id"))

    op.drop_table("change_sets")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION history_is_append_only()")
