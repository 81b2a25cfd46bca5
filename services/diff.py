"""What changed between two texts, word by word, as safe HTML with <del> and <ins>."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from markupsafe import Markup, escape

WORD = re.compile(r"\s+|[\w’'-]+|[^\w\s]")
LONGEST = 4_000  # words; beyond that the whole text is one change, because a comparison would take too long
KEPT = 12  # words shown around a change; longer stretches without one become «…»


def words(before: str, after: str, brief: bool = False) -> Markup:
    """`after`, with what is gone from `before` struck through and what is new marked.

    `brief` leaves out long stretches that are the same in both.
    """
    old, new = WORD.findall(before), WORD.findall(after)
    if len(old) + len(new) > LONGEST:
        return Markup("<del>{}</del> <ins>{}</ins>").format(before, after)
    return Markup("").join(pieces(old, new, brief))


def pieces(old: list[str], new: list[str], brief: bool) -> Iterator[Markup]:
    for kind, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[start:end]), "".join(new[begin:stop])
        if kind == "equal":
            first, last = start + begin == 0, (end, stop) == (len(old), len(new))
            yield escape(shortened(new[begin:stop], first, last) if brief else come)
            continue
        if gone.strip():
            yield Markup("<del>{}</del>").format(gone)
        if gone.strip() and come.strip():
            yield Markup(" ")
        if come:
            yield Markup("<ins>{}</ins>").format(come) if come.strip() else escape(come)


def shortened(same: list[str], first: bool, last: bool) -> str:
    """Of a stretch that did not change, the words beside the changes before and after it."""
    if len(same) <= 2 * KEPT:
        return "".join(same)
    head = "" if first else "".join(same[:KEPT]).rstrip() + " "
    tail = "" if last else " " + "".join(same[-KEPT:]).lstrip()
    return f"{head}…{tail}"
