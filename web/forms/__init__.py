"""Forms in pages: a served .form schema drawn as HTML, and what the browser sends read back."""
