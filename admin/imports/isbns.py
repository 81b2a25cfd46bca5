"""ISBNs as files have them: from shops and libraries, out of links, and what spreadsheets have done to them."""

import re
from collections.abc import Iterator

from admin.imports.repairs import Repair, Unclear
from models.rules import check_digit, is_isbn13, isbn13

LOST = "A spreadsheet rounded this number; its last digits are lost."
POWER_OF_TEN = re.compile(r"([0-9])(?:[.,]([0-9]*))?[eE]\+?([0-9]{1,2})")
CANDIDATE = re.compile(r"(?<![0-9])(97[89](?:[ -]?[0-9]){10}|[0-9](?:[ -]?[0-9]){8}[ -]?[0-9Xx])(?![0-9])")
NAMED = re.compile(r"(^|isbn|isbn.?1[03]|/dp/|/product/|/gp/|=|\()[\s:]*$", re.IGNORECASE)
LOOKALIKES = str.maketrans("OoIl", "0011")


def read(text: str) -> tuple[str, tuple[str, ...]]:
    """The 13 digits that this text certainly means, and how they were come by. Raises ValueError."""
    if is_isbn13(plain := text.replace("-", "")):
        return plain, (Repair.HYPHENS,) if plain != text else ()  # as most are
    if (number := exactly(text)) is not None:
        return number, form(text)
    if found := POWER_OF_TEN.fullmatch(text):
        return written_out(*found.groups(default=""))
    if found := re.fullmatch(r"([0-9]+)[.,]0+", text):
        number, repairs = read(found[1])
        return number, (Repair.POINT_ZERO, *repairs)
    compact = squeezed(text)
    if re.fullmatch(r"[0-9]{6,8}[0-9X]", compact) and (number := exactly(compact.zfill(10))):
        return number, (Repair.ZEROS, Repair.TEN)
    return contained(text)


def exactly(text: str) -> str | None:
    try:
        return isbn13(text)
    except ValueError:
        return None


def squeezed(text: str) -> str:
    return re.sub(r"[\s\-‐-―.]", "", text).upper()


def form(text: str) -> tuple[str, ...]:
    """In which form this right ISBN was written."""
    digits = re.sub(r"[^0-9X]", "", text.upper())
    if digits == text:
        return () if len(digits) == 13 else (Repair.TEN,)
    said = [Repair.WORD] if text[:4].lower() == "isbn" else []
    if squeezed(text) == digits or re.search(r"[0-9][\s\-‐-―]+[0-9Xx]", text):
        said.append(Repair.HYPHENS)
    return (*said, Repair.TEN) if len(digits) == 10 else tuple(said)


def written_out(first: str, rest: str, power: str) -> tuple[str, tuple[str, ...]]:
    """«9.780306406157E+12» has all its digits; «9.78031E+12» has lost them."""
    digits = first + rest
    if len(digits) != int(power) + 1 or len(digits) not in (10, 13):
        raise Unclear(LOST)
    number, repairs = read(digits)
    return number, (Repair.POWER, *repairs)


def contained(text: str) -> tuple[str, tuple[str, ...]]:
    """The one ISBN in a longer text."""
    found = dict(candidates(text))
    if len(found) > 1:
        raise Unclear("Two ISBNs in one cell.", next(iter(found.values())))
    for number, written in found.items():
        if re.search(re.escape(written) + r"[ -]+[0-9]", text):
            raise Unclear("Something is left over behind the ISBN.", written)
        return number, (Repair.LINK if is_link(text) else Repair.AROUND,)
    raise nearest(text)


def candidates(text: str) -> Iterator[tuple[str, str]]:
    """Right ISBNs in a text: the number, and as it is written. Ten digits may be anything, so they must be named."""
    for match in CANDIDATE.finditer(text):
        written = match[1]
        named = len(squeezed(written)) == 13 or NAMED.search(text[: match.start()])
        if named and (number := exactly(written)):
            yield number, written


def is_link(text: str) -> bool:
    return re.search(r"://|^www\.|^[\w.-]+\.\w+/", text) is not None


def nearest(text: str) -> Unclear:
    """Why this is none, with the ISBN it may have been."""
    compact = re.sub(r"^ISBN:?", "", squeezed(text))
    if re.fullmatch(r"(97[89])?[0-9]{9}[0-9X]", compact):
        right = check_digit(compact[:-1])
        return Unclear(f"The check digit is wrong; {right} would be right.", re.sub(r"[0-9Xx](?=\D*$)", right, text))
    if exactly(compact.translate(LOOKALIKES)):
        return Unclear("Letters stand for digits in this ISBN.", text.translate(LOOKALIKES))
    if exactly("9" + compact):
        return Unclear("The first digit of this ISBN is missing.", "9" + text)
    if re.fullmatch(r"97[89][0-9]{9}", compact):
        return Unclear("The last digit of this ISBN is missing.", text.rstrip() + check_digit(compact))
    if match := CANDIDATE.search(text):
        return nearest(match[1]) if match[1] != text else Unclear("This is no ISBN.")
    if is_link(text):
        return Unclear("There is no ISBN in this link.")
    count = len(re.sub("[^0-9]", "", text))
    return Unclear(f"An ISBN has 13 or 10 digits; this has {count}." if count else "This is no ISBN.")
