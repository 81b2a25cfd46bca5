"""The preview of Markdown: the same renderer and cleaner as the page."""

from flask import request
from flask.typing import ResponseReturnValue

from admin.resource import Resource
from models.text import clean
from services import markdown

LONGEST = 200_000


def screen(resource: Resource) -> ResponseReturnValue:
    text = next((text for name, text in request.form.items() if name != "csrf_token"), "")
    try:
        return str(markdown.render(clean(text[:LONGEST])))
    except ValueError as error:
        return str(error), 422
