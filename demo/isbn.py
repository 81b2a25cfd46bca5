"""ISBNs for demonstration: correct in form, with the right check digit, and nobody's."""

from models.rules import check_digit

# An invented publisher's block; the digits behind it number our own list, so no ISBN here names a real edition.
BLOCK = "97817391"


def demo_isbn(place: int) -> str:
    """The ISBN of the book at this place of the list (0…232), 13 digits. Steps of 37 keep neighbours apart."""
    body = f"{BLOCK}{1042 + 37 * place:04d}"
    if len(body) != 12:
        raise ValueError(f"The block holds no book number {place}.")
    return body + check_digit(body)
