"""Who is called like a name that leads to no record: «Jane Austin» may be Jane Austen."""

from collections.abc import Collection

from admin.attributes import label_of
from admin.imports.chunk import Checking
from services.similar import similar

MOST = 20  # names of each field that are looked for, those of most rows


def propose(checking: Checking, fields: Collection[str]) -> None:
    """Put who is called alike beside the names in the ledger."""
    for field in fields:
        model = checking.directories[field].model
        for name in checking.draft.names(field, "missing", MOST):
            rows = similar(checking.session, model, label_of(model), name.text).rows
            if rows:
                checking.draft.propose(field, name.text, [(key, label, "") for key, label in rows])
