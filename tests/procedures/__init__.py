"""Walks the real diagrams through a real server."""
