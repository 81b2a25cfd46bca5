"""What is wrong, without what it speaks of: so that a thousand unknown names are one reason."""

import re

# A name, an address, a number that differs from row to row.
NAMED = re.compile(r"«[^»]*»|\S+@\S*\w|(?<=; )[0-9](?= would)|(?<=this has )[0-9,]+|(?<=Row )[0-9,]+")


def general(reason: str) -> str:
    """«There is no author «Eliot» yet.» → «There is no author … yet.»"""
    return NAMED.sub("…", reason).replace("….", "…")
