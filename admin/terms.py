"""What one types into a search box, taken apart: words, "phrases", field:value, and a hyphen in front for «not».

Only the form is read here; what a field is called and what its values mean is `admin/language.py`.
"""

import dataclasses
import re
from collections.abc import Iterable, Sequence

QUOTED = r'"(?:[^"\\]|\\["\\]?)*"?'  # a quotation that is not closed goes on to the end
NAME = r"[^\W\d][\w.-]*"
TERM = re.compile(
    rf"(?P<no>-(?=\S))?"
    rf'(?:(?P<field>{NAME}):(?P<values>(?:{QUOTED}|[^\s"])*)|(?P<phrase>{QUOTED})|(?P<word>\S+))'
)
VALUE = re.compile(rf'(?:{QUOTED}|[^",])+')
PIECE = re.compile(rf'(?P<quoted>{QUOTED})|[^"]+')
NEEDS_QUOTES = re.compile(rf'[\s,"]|^-|^{NAME}:')


@dataclasses.dataclass(frozen=True)
class Value:
    """One of the values behind a colon, or a word. In quotes it is nothing but text."""

    text: str
    quoted: bool = False


@dataclasses.dataclass(frozen=True)
class Term:
    """A word or phrase (no field, one value), or a field with its values; `start` and `end` are its place."""

    values: Sequence[Value]
    field: str = ""
    negated: bool = False
    start: int = dataclasses.field(default=0, compare=False)
    end: int = dataclasses.field(default=0, compare=False)

    @property
    def text(self) -> str:
        """What there is to search for, when this is a word; «Dune:» is one too."""
        return self.values[0].text if self.values else f"{self.field}:"


def parse(text: str) -> list[Term]:
    """The terms of a text, in their order. Every text has some reading; a quotation may be left open."""
    return [term(found) for found in TERM.finditer(text)]


def term(found: re.Match[str]) -> Term:
    field = found["field"] or ""
    if field:
        values = [value(run) for run in VALUE.findall(found["values"])]
    else:
        values = [value(found["phrase"])] if found["phrase"] else [Value(found["word"])]
    return Term(tuple(values), field, bool(found["no"]), found.start(), found.end())


def value(run: str) -> Value:
    pieces = [unquote(piece[0]) if piece["quoted"] else piece[0] for piece in PIECE.finditer(run)]
    return Value("".join(pieces), quoted=run.startswith('"'))


def unquote(quotation: str) -> str:
    inside = quotation[1:]
    closed = re.fullmatch(r'((?:[^"\\]|\\["\\]?)*)"', inside)
    return re.sub(r'\\(["\\])', r"\1", closed[1] if closed else inside)


def quote(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def form(term: Term) -> str:
    """The text of a term; `parse` reads it back."""
    sign = "-" if term.negated else ""
    texts = [quote(v.text) if v.quoted or not v.text or NEEDS_QUOTES.search(v.text) else v.text for v in term.values]
    return f"{sign}{term.field}:{','.join(texts)}" if term.field else f"{sign}{texts[0]}"


def join(terms: Iterable[Term]) -> str:
    return " ".join(form(term) for term in terms)
