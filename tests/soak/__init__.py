"""Long ones: `make soak` runs them at length, `make test` a short version."""
