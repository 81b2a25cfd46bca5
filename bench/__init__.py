"""The benchmark: Colophon, what others offer, and the floor that a bare Flask page is. `python -m bench --help`."""
