"""What a repair is, how it is said, and what becomes of a text before it is read as anything.

A repair is made only when it is certain. The same repair is said in the same words, so that they can be counted; where
a correction is only likely it is a proposal, for somebody to accept.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.text import EDGES, clean, is_plain

BROKEN = re.compile(r"#(REF|DIV/0|NAME|VALUE|NUM|NULL|SPILL|CALC)[!?]")


class Repair(StrEnum):
    """What is done to a cell without asking, in the words of the report."""

    BLANKS_OUTSIDE = "blanks at the ends taken off"
    BLANKS_INSIDE = "several blanks made one"
    LINES_JOINED = "line breaks made blanks"
    MARKS = "invisible marks at the ends taken off"
    COMPOSED = "accents put together with their letters"
    DIGITS = "digits of another script read"
    TEXT_MARK = "apostrophe in front left out"
    FORMULA = "taken out of a formula"
    HYPHENS = "hyphens taken out of the ISBN"
    WORD = "«ISBN» in front left out"
    TEN = "ISBN-10 made an ISBN-13"
    ZEROS = "lost leading zeros put back"
    LINK = "taken out of a link"
    AROUND = "text around it left out"
    POINT_ZERO = "«.0» of a spreadsheet left out"
    POWER = "power of ten written out"
    SIGN = "currency sign left out"
    GROUPS = "thousands separators left out"
    ROUNDING = "rounding error of a spreadsheet taken out"
    UNIT = "unit left out"
    SERIAL = "a spreadsheet's number of a day read"
    DAY_FIRST = "read day first"
    MONTH_FIRST = "read month first"
    CENTURY = "year of two digits written out"
    TIME = "time of day left out"
    TRANSLATED = "word translated"
    REGION = "region left out of the language"
    FIRST = "first of several taken"
    REPEATED = "the same tag twice left out"
    SMALL = "capital letters made small"
    SINGLE = "hyphens of the slug put right"
    HTTPS = "https:// put in front"


@dataclass(frozen=True)
class Problem:
    """Why a cell cannot be read, in the user's words, and the text that was probably meant, if any."""

    reason: str
    proposal: str = ""


class Unclear(ValueError):
    """A text that cannot be read for certain, but one can guess what was meant."""

    def __init__(self, reason: str, proposal: str = "") -> None:
        super().__init__(reason)
        self.proposal = proposal


@dataclass(frozen=True)
class Reading:
    """What one text means: a value with the repairs that were made, or a problem."""

    value: Any = None
    repairs: tuple[str, ...] = ()
    problem: Problem | None = None


def tidy(text: str, lines: bool) -> tuple[str, tuple[str, ...]]:
    """A text as we keep it, and in which ways it was not; `lines`: it may have several. Raises ValueError."""
    if is_plain(text):
        return text, ()
    if "\x00" in text:
        raise Unclear("This holds an invisible NUL character.", text.replace("\x00", ""))
    whole = clean(text)
    shorter = text.strip()
    said = {
        Repair.BLANKS_OUTSIDE: shorter != text and not lines,
        Repair.MARKS: shorter.strip(EDGES) != shorter,
        Repair.COMPOSED: not unicodedata.is_normalized("NFC", text),
    }
    if not lines:
        said |= {Repair.LINES_JOINED: "\n" in whole, Repair.BLANKS_INSIDE: re.search(r"[^\S\n]{2}", whole) is not None}
        whole = re.sub(r"\s+", " ", whole)
    return whole, tuple(repair for repair, made in said.items() if made)


def unwrapped(text: str) -> tuple[str, tuple[str, ...]]:
    """A number, a day or a word without what spreadsheets wrap it in: «="0439023483"», «'0439023483»; plain digits."""
    said = []
    text = text.strip(EDGES)
    if text[:1] == "#" and BROKEN.fullmatch(text):
        raise Unclear("A spreadsheet could not compute this cell.")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1].strip(EDGES)
        said.append(Repair.FORMULA)
    if text.startswith("'"):
        text = text.lstrip("'").strip(EDGES)
        said.append(Repair.TEXT_MARK)
    plain = "".join(map(plain_digit, text)) if not text.isascii() else text
    return plain, (*said, Repair.DIGITS) if plain != text else tuple(said)


def plain_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
