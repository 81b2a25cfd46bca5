"""What the rows of a chunk call other records by becomes their ids, is missing, or is not clear."""

from collections.abc import Iterable, Sequence
from typing import Any

from admin.imports import matching
from admin.imports.chunk import Checking, Chunk, Values
from admin.imports.gather import ABSENT
from admin.imports.matching import Directory, Missing, Unclear
from models.text import one_line


def refer(checking: Checking, chunk: Chunk) -> None:
    """Names become the ids of records, or are missing."""
    for name, columns in chunk.read.linked.items():
        directory = checking.directories[name]
        many = directory.target.attribute.kind == "tags"
        if not many and len(columns) == 1:
            chunk.values[name] = link_all(checking, chunk, directory, columns[0])
            continue
        said = [names_of(parts) if many else parts for parts in zip(*columns, strict=True)]
        texts = {text for parts in said for text in parts if text is not None and text is not ABSENT}
        matching.look_up(checking.session, directory, texts)
        for row, parts in enumerate(said):
            found = (
                links(checking, chunk, directory, row, parts) if many else link(checking, chunk, directory, row, parts)
            )
            chunk.values[name][row] = found


def link_all(checking: Checking, chunk: Chunk, directory: Directory, texts: Values) -> Values:
    """One column of names, most of which lead somewhere."""
    names = set(texts) - {None, ABSENT}
    matching.look_up(checking.session, directory, names)
    found = {name: matching.follow(directory, (name,)) for name in names}
    odd = {name for name, one in found.items() if not isinstance(one, int)}
    values = [found.get(text, text) for text in texts]
    for row, text in enumerate(texts) if odd else ():
        if text in odd:
            values[row] = link(checking, chunk, directory, row, (text,))
    return values


def names_of(cells: Iterable[Any]) -> Sequence[Any]:
    """The names in the cells of one row: «a, b»."""
    found: dict[str, None] = {}
    for cell in cells:
        if cell is ABSENT:
            return (ABSENT,)
        names = cell.split(",") if isinstance(cell, str) else cell or ()
        found |= dict.fromkeys(name for name in map(one_line, names) if name)
    return tuple(found)


def link(checking: Checking, chunk: Chunk, directory: Directory, row: int, parts: Sequence[Any]) -> Any:
    said = tuple(dict.fromkeys(text for text in parts if text is not None and text is not ABSENT))
    if not said:
        return ABSENT if parts[0] is ABSENT else None
    found = matching.follow(directory, said)
    if isinstance(found, Missing):
        chunk.missing[row].append(found)
    elif isinstance(found, Unclear):
        chunk.read.refuse(checking.reading, row, directory.target.name, found.reason)
        if found.candidates:
            chunk.unclear.append((directory.target.name, found))
        elif found.text and not checking.reading.typed(chunk.read.numbers[row], directory.target.name):
            chunk.read.count_unread(directory.target, found.text, found.reason)
        return None
    return found


def links(checking: Checking, chunk: Chunk, directory: Directory, row: int, names: Sequence[Any]) -> Any:
    if ABSENT in names:
        return ABSENT
    return frozenset(found for name in names if (found := link(checking, chunk, directory, row, (name,))) is not None)
