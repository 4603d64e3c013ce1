"""Records as Word files: covers, revision tables, tables, sandboxed templates, and what may be uploaded."""
