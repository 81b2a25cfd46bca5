"""A change points to its set without a foreign key, which looked the set up again for each row of a bulk change.

SQLite makes the table anew for it, and the triggers that refuse to alter history with it.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NAME = "fk_changes_set_id"


def upgrade() -> None:
    with op.batch_alter_table("changes") as batch_op:
        batch_op.drop_constraint(NAME, type_="foreignkey")
    refuse_changes_again()


def downgrade() -> None:
    with op.batch_alter_table("changes") as batch_op:
        batch_op.create_foreign_key(NAME, "change_sets", ["set_id"], ["id"], ondelete="RESTRICT")
    refuse_changes_again()


def refuse_changes_again() -> None:
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER changes_refuse_{verb.lower()} BEFORE {verb} ON changes "
                "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
            )
