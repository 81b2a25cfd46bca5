"""Everybody who takes part, in the order of the table."""

from bench.contestants.colophon import COLOPHON
from bench.contestants.floor import FLOOR

CONTESTANTS = (FLOOR, COLOPHON)
