"""The first content of a form: what the form editor needs to open it."""

from __future__ import annotations

import json


def form(key: str, title: str) -> bytes:
    """A form of that key without fields."""
    schema = {"type": "default", "id": key, "title": title, "schemaVersion": 17, "components": []}
    return (json.dumps(schema, ensure_ascii=False, indent=2) + "\n").encode()
