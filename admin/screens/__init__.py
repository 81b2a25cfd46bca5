"""One screen per file: a plain function that takes the resource first."""
