"""The demo: true authors and books in an invented house with its people and its blog; large generated catalogues."""
