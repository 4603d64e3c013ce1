"""What people fill in: forms read, checked, shown and validated. No database, no Flask."""
