"""The procedure document: a procedure's standing texts, steps, pictures and versions as one Word file."""
