"""Counting what the database is asked: the statements of a request, without the frame of its transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "PRAGMA")


class Statements(list[str]):
    """The statements in their order. Prints itself as a numbered list, for the message of a failed assertion."""

    def __repr__(self) -> str:
        return f"{len(self)} statements:\n" + "\n".join(
            f"{n}. {' '.join(sql.split())}" for n, sql in enumerate(self, 1)
        )


@contextmanager
def recorded(engine: Engine) -> Iterator[Statements]:
    """Collect what is executed on this engine, by any thread, while the block runs."""
    seen = Statements()

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        if not statement.lstrip().upper().startswith(FRAME):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
