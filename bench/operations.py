"""What is measured: each operation by its key, in the order of the table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    key: str
    title: str
    group: str  # what --only takes
    writes: bool = False
    floor: bool = True  # whether the floor has it, so that a ratio can be given


OPERATIONS = (
    Operation("first", "first page", "list"),
    Operation("middle", "page in the middle", "list"),
    Operation("last", "last page", "list"),
    Operation("price", "sorted by price", "list"),
    Operation("few", "search, few hits", "list"),
    Operation("many", "search, many hits", "list"),
    Operation("none", "search, no hit", "list"),
    Operation("status", "filtered by status", "list"),
    Operation("posts", "posts with author and tags", "list"),
    Operation("compressed", "first page, compressed", "list"),
    Operation("edit", "edit form", "record"),
    Operation("save", "save", "record", writes=True),
    Operation("create", "create", "record", writes=True),
    Operation("delete", "delete", "record", writes=True),
    Operation("author", "delete page of an author", "record"),
    Operation("export", "export as CSV", "many"),
    Operation("bulk", "bulk price change", "many", writes=True),
)
GROUPS = tuple(dict.fromkeys(operation.group for operation in OPERATIONS))
