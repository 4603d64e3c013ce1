"""Re-executes the journals of a store in a fresh process, which GUICHENG_* tells where it is.

Prints, as JSON, for each instance of which the server left a snapshot: the digest of the state that the server had
held, and of the state that re-execution of the same entries gives here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from pathlib import Path

import msgspec
from sqlalchemy import select

from bpmn.feel import Feel
from engine import journal, verify
from engine.definitions import manifest_of
from engine.engine import Engine
from engine.settings import from_environment
from engine.spiff import Live, apply, new, restore, state
from engine.store import tables as t


def digest(live: Live) -> str:
    """SHA-256 of the full state."""
    return hashlib.sha256(verify.canonical(state(live))).hexdigest()


def reexecuted() -> dict[str, dict[str, str]]:
    """Both digests by instance."""
    engine = Engine(from_environment())
    feel = Feel()
    found: dict[str, dict[str, str]] = {}
    try:
        with tempfile.TemporaryDirectory() as folder, engine.room.database.read() as connection:
            place = Path(folder)
            verify.export(engine.room, place)
            sets = {h: manifest_of(m) for h, m in msgspec.json.decode((place / "sets.json").read_bytes()).items()}
            files = msgspec.json.decode((place / "files.json").read_bytes())
            programs = verify.Programs(sets, {sha: base64.b64decode(text) for sha, text in files.items()})
            for row in connection.execute(select(t.snapshot)):
                lines = [journal.line(stored) for stored in journal.rows(connection, row.instance)]
                program = programs.of(lines[0].entry.definition_set)
                live = new(program, row.instance)
                for line in lines[: row.seq]:
                    apply(live, line.entry, feel)
                held = restore(program, journal.unpack(row.body))
                found[row.instance] = {"held": digest(held), "executed": digest(live)}
    finally:
        feel.close()
        engine.close()
    return found


if __name__ == "__main__":
    print(json.dumps(reexecuted(), sort_keys=True))
