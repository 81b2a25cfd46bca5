"""A picker of a record outside any form of columns: where books move to, with whom an author is merged."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from admin import values
from admin.resource import Resource
from models.base import Record


class TargetField:
    """What `fields.reference` needs to draw a picker, and what was picked."""

    kind, required, readonly, maxlength, create_url, changed = "reference", True, False, None, None, False

    def __init__(self, resource: Resource, name: str, label: str, help: str = "") -> None:
        self.resource = resource
        self.name = self.id = name
        self.label = type("Label", (), {"text": label})
        self.description = help
        self.errors: list[str] = []
        self.width = "full"
        self.clear: str | None = None  # the box that empties the field, of a bulk action
        self.chosen_id: int | None = None
        self.chosen_label = ""

    @property
    def options_url(self) -> str:
        return url_for(f"{self.resource.entity}.options")

    def choose(self, session: Session, text: str, other_than: Record | None = None) -> Record | None:
        """The record of this id. None, with the message at the field when something was typed, if it will not do."""
        record = find(session, self.resource, text)
        if record is not None and (other_than is None or record.id != other_than.id):
            self.chosen_id, self.chosen_label = record.id, str(record)
            return record
        if text:
            self.errors = [f"Choose {'another' if other_than else 'one'} {self.resource.singular}."]
        return None


def find(session: Session, resource: Resource, text: Any) -> Record | None:
    """The record of an id somebody sent, if it is one."""
    fine = isinstance(text, str) and values.NUMBER.fullmatch(text)
    return session.get(resource.model, int(text)) if fine else None
