"""`python -m bench.files`: import and export of many rows, measured beside `psql \\copy` and other admins."""
