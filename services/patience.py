"""Questions nobody waits long for (a hint, a figure, a neighbour in the list): answered in time, or not at all."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from extensions import allow_time, ran_out_of_time

AFTERWARDS = 2  # seconds that the rest of the page may take

Answer = TypeVar("Answer")


def impatiently(session: Session, seconds: float, ask: Callable[[], Answer]) -> Answer | None:
    """What `ask` finds out by this session, or None when it takes longer; the transaction stays as it was."""
    connection = session.connection()
    point = connection.begin_nested()
    try:
        allow_time(connection, seconds)
        return ask()
    except OperationalError as error:
        if not ran_out_of_time(error):
            raise
        return None
    finally:
        if connection.dialect.name == "sqlite":  # elsewhere the limit goes with the savepoint
            allow_time(connection, AFTERWARDS)
        point.rollback()
