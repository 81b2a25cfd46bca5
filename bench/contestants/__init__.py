"""Everybody who takes part, in the order of the table."""

from bench.contestants.colophon import COLOPHON
from bench.contestants.django_admin import DJANGO
from bench.contestants.flask_admin import FLASK_ADMIN
from bench.contestants.floor import FLOOR

CONTESTANTS = (FLOOR, COLOPHON, DJANGO, FLASK_ADMIN)
