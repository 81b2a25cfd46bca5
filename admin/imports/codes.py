"""Languages, countries and currencies by every name and code the ISO standards know, in the languages of most files."""

import gettext
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pycountry

from admin.imports import vocabulary
from models.rules import countries, currencies, languages
from models.text import fold

LOCALES = ("de", "fr", "es", "it", "nl", "sv", "da", "nb_NO", "pt", "pt_BR", "pl", "fi", "cs", "hu")
Words = Mapping[str, str]  # word, folded → value


def squeezed(text: str) -> str:
    """A word as it is compared: «Out-of-print», «OUT_OF_PRINT» and «out of print» are the same."""
    return re.sub(r"[\W_]", "", fold(text))


@cache
def of(choices: Callable[[], Mapping[str, str]]) -> tuple[Callable[[], Words], ...]:
    """Where the words for these choices are: codes first, then names, which cost more to fetch."""
    return SOURCES.get(choices, ())


@cache
def language_codes() -> Words:
    found: dict[str, str] = {}
    for entry in pycountry.languages:
        if short := getattr(entry, "alpha_2", None):
            found |= dict.fromkeys((entry.alpha_3, getattr(entry, "bibliographic", entry.alpha_3)), short)
    return found | vocabulary.LANGUAGES


@cache
def language_names() -> Words:
    own = {squeezed(word): code for code, line in vocabulary.LANGUAGE_NAMES.items() for word in line.split(",")}
    return {**words(with_two_letters(), "iso639-3", "alpha_2"), **own}


@cache
def language_own_names() -> Words:
    """«Deutsch», «svenska»: what a language calls itself."""
    known = [entry for entry in with_two_letters() if (locales() / entry.alpha_2).exists()]
    found = {squeezed(name): entry for entry in known for name in translated("iso639-3", entry.alpha_2, entry.name)}
    return {name: entry.alpha_2 for name, entry in found.items()}


def with_two_letters() -> list[Any]:
    return [entry for entry in pycountry.languages if hasattr(entry, "alpha_2")]


@cache
def country_names() -> Words:
    own = {squeezed(word): code for code, line in vocabulary.COUNTRIES.items() for word in line.split(",")}
    return {**words(list(pycountry.countries), "iso3166-1", "alpha_2"), **own}


@cache
def country_codes() -> Words:
    return {fold(code): entry.alpha_2 for entry in pycountry.countries for code in (entry.alpha_3, entry.numeric)}


@cache
def currency_codes() -> Words:
    known = currencies()
    found = {entry.numeric: entry.alpha_3 for entry in pycountry.currencies if entry.alpha_3 in known}
    return found | {fold(sign): code for code, line in vocabulary.CURRENCIES.items() for sign in line.split()}


@cache
def currency_names() -> Words:
    known = currencies()
    return words([entry for entry in pycountry.currencies if entry.alpha_3 in known], "iso4217", "alpha_3")


SOURCES: dict[Any, tuple[Callable[[], Words], ...]] = {
    languages: (language_codes, language_names, language_own_names),
    countries: (country_codes, country_names),
    currencies: (currency_codes, currency_names),
}


def words(entries: list[Any], domain: str, code: str) -> Words:
    """Every name of these entries, in English first: where two share one, it is nobody's."""
    found: dict[str, str] = {}
    lost = set()
    for name, value in names(entries, domain, code):
        key = squeezed(name)
        if found.setdefault(key, value) != value:
            lost.add(key)
    return {key: value for key, value in found.items() if key and key not in lost}


def names(entries: list[Any], domain: str, code: str) -> Iterator[tuple[str, str]]:
    for entry in entries:
        for part in ("name", "common_name", "official_name", "inverted_name"):
            if english := getattr(entry, part, None):
                yield english, getattr(entry, code)
                for locale in LOCALES:
                    yield from ((name, getattr(entry, code)) for name in translated(domain, locale, english))


def translated(domain: str, locale: str, english: str) -> list[str]:
    """The name in that language, or the several it has there."""
    return translation(domain, locale).gettext(english).split(";")


@cache
def translation(domain: str, locale: str) -> gettext.NullTranslations:
    return gettext.translation(domain, locales(), languages=[locale], fallback=True)


def locales() -> Path:
    return Path(pycountry.__file__).parent / "locales"
