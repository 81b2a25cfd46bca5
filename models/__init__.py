"""The tables: authors, books, users (with profiles), posts, tags, and what signing in needs."""

from importlib import import_module
from pkgutil import iter_modules


def load_all() -> None:
    """Import every model: they name each other by strings, so all have to be there before one is looked at."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
