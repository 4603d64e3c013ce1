"""Files on disk, outside the web root, each named by the SHA-256 of its bytes and never written twice."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from bpmn.errors import NotFound, TooLarge
from engine import disk
from engine.errors import FileKindRefused, FileRefused
from engine.settings import Settings
from forms.word import package

KINDS = {
    ".pdf": (b"%PDF-",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".docx": (b"PK\x03\x04",),
    ".xlsx": (b"PK\x03\x04",),
    ".pptx": (b"PK\x03\x04",),
    ".zip": (b"PK\x03\x04", b"PK\x05\x06"),
    ".txt": (),
    ".csv": (),
    ".md": (),
}
"""What may be attached, and how such a file begins: a name alone proves nothing."""

MEDIA = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".zip": "application/zip",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".md": "text/markdown",
}


def read(settings: Settings, content: bytes | BinaryIO) -> bytes:
    """The bytes, at most as many as the house takes. Raises TooLarge."""
    given = content if isinstance(content, bytes) else content.read(settings.max_upload + 1)
    if len(given) > settings.max_upload:
        raise TooLarge()
    return given


def check(name: str, content: bytes) -> tuple[str, str]:
    """The bare name and media type of an upload. Raises FileRefused."""
    bare = name.replace("\\", "/").rpartition("/")[2].strip()
    if not bare or len(bare) > 200 or any(ord(letter) < 32 for letter in bare):
        raise FileRefused(name=bare[:50] or "?", reason="文件名不可用")
    kind = os.path.splitext(bare)[1].lower()
    if kind not in KINDS:
        raise FileKindRefused(name=bare, kinds=" ".join(sorted(KINDS)))
    if not content:
        raise FileRefused(name=bare, reason="文件是空的")
    if KINDS[kind] and not content.startswith(KINDS[kind]):
        raise FileRefused(name=bare, reason="内容与扩展名不符")
    if kind == ".docx":
        package.check(content)
    return bare, MEDIA[kind]


def path(settings: Settings, sha256: str) -> Path:
    """Where the file of that hash lies. Raises NotFound."""
    found = _place(settings, sha256)
    if not found.is_file():
        raise NotFound()
    return found


def _place(settings: Settings, sha256: str) -> Path:
    return settings.var / "files" / sha256[:2] / sha256


def stored(settings: Settings) -> list[Path]:
    """Every file that is kept, by its hash."""
    return sorted(path for path in (settings.var / "files").glob("*/*") if not path.name.startswith("."))


def keep(settings: Settings, content: bytes) -> str:
    """Write a file for good; answers its hash. Raises StoreFull, StoreReadOnly, StoreFailing."""
    sha = hashlib.sha256(content).hexdigest()
    place = _place(settings, sha)
    if place.exists():
        place.touch()  # it is wanted again, so that nobody takes it for left over
    else:
        disk.write_once(place, content)
    return sha


def remove(settings: Settings, sha256: str, before: int) -> None:
    """Remove a file that nothing names, unless it came in, or was wanted again, since `before` (microseconds)."""
    place = _place(settings, sha256)
    if place.is_file() and place.stat().st_mtime_ns // 1000 < before:
        place.unlink()
