"""People at their browsers, on a real server."""
