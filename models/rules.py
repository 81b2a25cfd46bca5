"""Rules for values with a standard behind them; form, import, bulk and API all meet them here through the models."""

import re
from decimal import Decimal
from functools import cache, lru_cache
from urllib.parse import urlsplit

import pycountry
from stdnum import isbn as isbn_number
from stdnum.exceptions import ValidationError

from models.text import one_line

EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]+@[^@\s\"(),:;<>\[\]\\]+\.[^@\s\"(),:;<>\[\]\\.]{2,}")


def isbn13(text: str | None) -> str | None:
    """The 13 digits of an ISBN written in any usual way (ISO 2108): hyphens, blanks and ISBN-10 are understood.

    Raises ValueError with the digit that would be right when only the check digit is wrong.
    """
    if text and is_isbn13(text):
        return text  # as most are
    compact = re.sub(r"[\s\-\u2010-\u2015]|^isbn[\s:]*", "", one_line(text or ""), flags=re.IGNORECASE).upper()
    if not compact:
        return None
    if not re.fullmatch(r"(97[89])?[0-9]{9}[0-9X]", compact) or (len(compact) == 13 and compact.endswith("X")):
        raise ValueError("An ISBN has 13 digits (beginning with 978 or 979) or, if old, 10.")
    right = check_digit(compact[:-1])
    if compact[-1] != right:
        raise ValueError(f"The last digit should be {right}.")
    return compact if len(compact) == 13 else str(isbn_number.to_isbn13(compact))


def is_isbn13(text: str) -> bool:
    """Whether these are 13 plain digits with the right one at the end."""
    if not (text.isascii() and text.isdigit() and text.startswith(("978", "979")) and len(text) == 13):
        return False
    codes = text.encode()  # the codes of the digits: 48 more each, which makes 48 × 25 and so nothing modulo ten
    return (sum(codes[::2]) + 3 * sum(codes[1::2])) % 10 == 0


def check_digit(body: str) -> str:
    """The last digit of an ISBN whose other 12 (or 9) digits are `body`."""
    if len(body) == 12:
        return str(-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(body)) % 10)
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(body)) * -1 % 11
    return "X" if rest == 10 else str(rest)


@lru_cache(4096)
def grouped_isbn(isbn: str) -> str:
    """«9780306406157» → «978-0-306-40615-7», by the ranges of the International ISBN Agency."""
    try:
        return str(isbn_number.format(isbn))
    except (ValidationError, ValueError):
        return isbn


def email_address(text: str | None) -> str | None:
    """An address with something before the @ and a dotted name after it. Whether mail arrives only mail can tell."""
    address = one_line(text or "")
    if not address:
        return None
    if not EMAIL.fullmatch(address) or ".." in address:
        raise ValueError("Write an e-mail address, for example ana@example.org.")
    return address


def web_address(text: str | None) -> str | None:
    """An http(s) address; «example.org» becomes «https://example.org»."""
    address = one_line(text or "")
    if not address:
        return None
    if "://" not in address and not address.lower().startswith(("javascript:", "data:", "mailto:", "vbscript:")):
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        fine = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and " " not in address
    except ValueError:
        fine = False
    if not fine:
        raise ValueError("Write a web address, for example https://example.org.")
    if len(address) > LONGEST_ADDRESS:
        raise ValueError(f"At most {LONGEST_ADDRESS} characters; with https:// this has {len(address)}.")
    return address


def amount(value: Decimal, currency: str) -> str:
    """«1,234.50», or «1,234» in a currency without a minor unit; decimals that are there are always shown."""
    whole = currency in WHOLE and value == value.to_integral_value()
    return f"{value:,.0f}" if whole else f"{value:,.2f}"


@cache
def countries() -> dict[str, str]:
    """ISO 3166-1 alpha-2 code → name."""
    names = {c.alpha_2: getattr(c, "common_name", None) or c.name for c in pycountry.countries}
    return dict(sorted(names.items(), key=lambda item: item[1]))


@cache
def languages() -> dict[str, str]:
    """ISO 639-1 code → name."""
    names = {lang.alpha_2: lang.name for lang in pycountry.languages if hasattr(lang, "alpha_2")}
    return dict(sorted(names.items(), key=lambda item: item[1]))


@cache
def currencies() -> dict[str, str]:
    """ISO 4217 code → name, without the codes for metals, funds and tests."""
    return {c.alpha_3: c.name for c in pycountry.currencies if not c.alpha_3.startswith("X") or c.alpha_3 in AREAS}


# ISO 4217: currencies without a minor unit.
WHOLE = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
LONGEST_ADDRESS = 300
AREAS = frozenset({"XAF", "XCD", "XOF", "XPF"})  # currencies of several countries that share one
