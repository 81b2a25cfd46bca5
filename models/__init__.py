"""The tables: authors, books, users (with profiles), posts, tags, and what signing in needs."""
