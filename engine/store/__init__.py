"""Where it is kept: tables, connections, migrations. SQLite by default, nothing that PostgreSQL could not do."""
