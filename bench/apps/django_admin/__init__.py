"""Django admin over the same tables, set up as its documentation advises."""
