"""What words of a file mean, as somebody said once for all rows that have them: «hardcover» is Hardback.

A word is a whole cell; of references it is also one of the names in it. What was typed for a single cell wins.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from admin.imports import cells
from admin.imports.cells import Cells
from admin.imports.matching import keys_of
from admin.imports.plan import Style
from admin.imports.targets import Target
from models.text import fold

LONGEST = 200  # characters; what is longer is no word
CLOSED = ("choice", "boolean", "reference", "tags")  # kinds of which there are so many words and no others


def key(target: Target, word: str) -> str:
    """What spellings of one word have in common; nothing when it is none."""
    if len(word) > LONGEST:
        return ""
    model = target.attribute.target
    try:
        return str((keys_of(model)[-1].of(word) if model else None) or fold(word))
    except ValueError:  # characters that no database keeps
        return ""


def by_key(target: Target, words: Mapping[str, str]) -> Mapping[str, str]:
    """What is meant, by what spellings of the word have in common."""
    return {key(target, word): text for word, text in words.items()}


def apply(target: Target, column: Cells, texts: Sequence[str], words: Mapping[str, str], style: Style) -> None:
    """Put what is meant in the place of cells that are one of these words, and of names that are."""
    if whole := said(target, texts, words):
        put(target, column, texts, whole, style)
    if target.attribute.target is not None:
        rows = [row for row, value in enumerate(column.values) if value is not None and texts[row] not in whole]
        names = (name for row in rows for name in names_in(column.values[row]))
        if renamed := said(target, names, words):
            rename(target, column, rows, renamed)


def said(target: Target, texts: Iterable[str], words: Mapping[str, str]) -> Mapping[str, str]:
    """Those of the texts that are one of the words, with what is meant."""
    keys = {text: key(target, text) for text in set(texts) if text}
    return {text: words[key] for text, key in keys.items() if key in words}


def put(target: Target, column: Cells, texts: Sequence[str], meant: Mapping[str, str], style: Style) -> None:
    read = cells.read(target, list(meant.values()), style)
    places = {text: place for place, text in enumerate(meant)}
    for row, text in enumerate(texts):
        if (place := places.get(text)) is not None:
            column.values[row] = read.values[place]
            column.problems.pop(row, None)
            column.repairs[row] = told(target, text, meant[text])
            if place in read.problems:
                column.problems[row] = read.problems[place]


def names_in(value: Any) -> Sequence[str]:
    return value if isinstance(value, tuple) else (value,)


def rename(target: Target, column: Cells, rows: Iterable[int], meant: Mapping[str, str]) -> None:
    for row in rows:
        value, names = column.values[row], names_in(column.values[row])
        if not meant.keys().isdisjoint(names):
            renamed = tuple(dict.fromkeys(meant.get(name, name) for name in names))
            column.values[row] = renamed if isinstance(value, tuple) else renamed[0]
            column.repairs[row] = ", ".join(told(target, name, meant[name]) for name in names if name in meant)


def told(target: Target, word: str, text: str) -> str:
    return f"«{word.strip()}» read as «{target.attribute.choices.get(text, text)}»"
