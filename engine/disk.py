"""Files of the house beside its database: each is written once, whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from engine.store import faults


def write_once(path: Path, content: bytes) -> bool:
    """Write a file for good, readable by its owner only; False where it is there already, as another process left it.

    It is whole on disk before it has its name. Raises StoreFull, StoreReadOnly, StoreFailing, leaving nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # Not a rename: of two processes that write one name, the second must not replace what the first wrote.
            os.link(temporary, path)
        finally:
            with suppress(OSError):
                os.unlink(temporary)
    except FileExistsError:
        return False
    except OSError as error:
        raise faults.of_disk(error) from error
    return True
