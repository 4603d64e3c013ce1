"""Was the procedure followed? Clause by clause, read from the read tables, the passages and single entries."""
