"""The catalogues of the pages, compiled beside their sources: by `./run`, else by the first start that may write there.

python -m web.catalogues        compile them all
"""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

TRANSLATIONS = Path(__file__).parent / "translations"


def prepare() -> None:
    """Compile what is not compiled yet, or has changed since."""
    for source in sources():
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            make(source)


def sources() -> list[Path]:
    """Every catalogue."""
    return sorted(TRANSLATIONS.glob("*/LC_MESSAGES/*.po"))


def make(source: Path) -> None:
    """Compile a catalogue; several processes may do so at once."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    unfinished = source.with_suffix(f".{os.getpid()}.tmp")
    with unfinished.open("wb") as file:
        write_mo(file, catalogue)
    unfinished.replace(source.with_suffix(".mo"))


if __name__ == "__main__":
    for one in sources():
        make(one)
