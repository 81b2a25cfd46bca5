"""What is measured: each operation by its key, in the order of the table."""

from dataclasses import dataclass

PER_PAGE = 50  # rows of every list


@dataclass(frozen=True)
class Operation:
    key: str
    title: str
    group: str  # what --only takes
    rows: range = range(1)  # how many rows an answer may have
    writes: bool = False
    most: int = 0  # requests in a batch, where a person may not ask more often


PAGE, SOME, NONE = range(PER_PAGE, PER_PAGE + 1), range(1, PER_PAGE + 1), range(1)

OPERATIONS = (
    Operation("first", "first page", "list", PAGE),
    Operation("middle", "page in the middle", "list", PAGE),
    Operation("last", "last page", "list", SOME),
    Operation("price", "sorted by price", "list", PAGE),
    Operation("few", "search, few hits", "list", SOME),
    Operation("many", "search, many hits", "list", SOME),
    Operation("none", "search, no hit", "list", NONE),
    Operation("status", "filtered by status", "list", PAGE),
    Operation("posts", "posts with author and tags", "list", PAGE),
    Operation("compressed", "first page, compressed", "list"),
    Operation("edit", "edit form", "record"),
    Operation("save", "save", "record", writes=True),
    Operation("create", "create", "record", writes=True),
    Operation("delete", "delete", "record", writes=True),
    Operation("author", "delete page of an author", "record"),
    Operation("export", "export as CSV", "sets", most=5),
    Operation("bulk", "bulk price change, 50 books", "sets", writes=True),
)
GROUPS = tuple(dict.fromkeys(operation.group for operation in OPERATIONS))
