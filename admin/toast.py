"""The message after a write: it names the thing, and offers to take the write back."""

from flask import flash
from markupsafe import Markup
from sqlalchemy.orm import Session

from services import changes


def toast(session: Session, message: str | Markup, category: str = "success") -> None:
    """Show the message on the next page, with «Undo» when the unit of work just committed wrote something."""
    flash({"text": message, "undo": changes.written(session)}, category)  # type: ignore[arg-type]
