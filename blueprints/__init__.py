"""The site map: every module here has a `bp` and is registered, in the order of the alphabet."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint


def all_blueprints() -> list[Blueprint]:
    """The `bp` of every module of this folder."""
    names = sorted(module.name for module in iter_modules(__path__))
    return [import_module(f"{__name__}.{name}").bp for name in names]
