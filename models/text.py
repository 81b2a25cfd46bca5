"""Rules for text: what every typed or imported string passes, and the keys made of it to compare, sort and search."""

import re
import unicodedata
from functools import lru_cache

SORT_KEY_LENGTH = 120  # enough to sort by; keeps an index entry under PostgreSQL's limit whatever the script
SEARCH_KEY_BYTES = 1_700  # likewise; no title in any script comes near it
# Marks that nobody sees: zero-width blanks and joiners, direction marks. At the end of a text they mean nothing.
INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"
EDGES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + INVISIBLE
LETTERS_WITHOUT_DECOMPOSITION = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})


def clean(text: str) -> str:
    """Text as we keep it: NFC, one kind of line end, no blanks and no invisible marks around it.

    Raises ValueError for characters that no database keeps alike (NUL, lone surrogates).
    """
    if "\x00" in text:
        raise ValueError("This holds an invisible NUL character; please remove it.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("This holds a broken character; please type it again.") from None
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip(EDGES)


def is_plain(text: str) -> bool:
    """Whether this is a line as we keep it already: told in a fraction of the time, and true of almost every text."""
    return (
        text.isprintable()
        and "  " not in text
        and text[:1] != " "
        and text[-1:] != " "
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


def one_line(text: str) -> str:
    """Text for a single line: cleaned, and every run of blanks one blank."""
    if is_plain(text):
        return text
    return re.sub(r"\s+", " ", clean(text))


def caseless(text: str | None) -> str | None:
    """The key under which two spellings that differ only in case or outer blanks are the same (unique keys)."""
    return unicodedata.normalize("NFC", one_line(text).casefold()) if text else None


@lru_cache(20_000)  # a title is folded for several keys: in a row, or column by column in a chunk of rows
def fold(text: str | None) -> str:
    """Text without case and accents, as people sort and search: «Émile  ZOLA» → «emile zola»."""
    if not text:
        return ""
    if text.isascii() and text.isalnum():
        return text.lower()  # a word or a number
    line = one_line(text)
    if line.isascii():
        return line.lower()  # nothing to take apart
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", line).casefold())
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return " ".join(bare.translate(LETTERS_WITHOUT_DECOMPOSITION).replace("\x00", "").split())


def sort_key(text: str | None) -> str:
    return fold(text)[:SORT_KEY_LENGTH]


def first_sort_key(*parts: str | None) -> str:
    """The sort key of the first part that is there: a name, else a username."""
    return sort_key(next((part for part in parts if part), None))


def search_key(*parts: str | None) -> str:
    """One folded line per part. Each begins with a blank, so that « le» finds the beginning of a word."""
    key = "".join([f" {folded}\n" for folded in map(fold, parts) if folded])
    return key if len(key) * 4 <= SEARCH_KEY_BYTES else key.encode()[:SEARCH_KEY_BYTES].decode(errors="ignore")


def slugify(text: str, limit: int = 80) -> str:
    """«A short history» → «a-short-history». Falls back to «post» where nothing of ASCII is left."""
    slug = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")
    return slug[:limit].strip("-") or "post"
