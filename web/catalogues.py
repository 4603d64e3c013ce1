"""The catalogues of the pages, compiled beside their sources: by `./run`, else by the first start that may write there.

python -m web.catalogues        compile them all
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

TRANSLATIONS = Path(__file__).parent / "translations"
# What is found in diagrams, what errors say, what diagrams name, what forms ask and what pages say: a catalogue each.
CATALOGUES = ("findings", "errors", "procedures", "forms", "messages")  # a later one wins: pages keep their own words


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


def say(language: str, text: str) -> str:
    """A text of ours in a language, outside of any page; what has no translation stays as it is."""
    return text if language == "zh" or not text else str(_translations(language).gettext(text))


@cache
def _translations(language: str) -> NullTranslations:
    prepare()
    found = Translations.load(TRANSLATIONS, [language], CATALOGUES[0])
    for catalogue in CATALOGUES[1:]:
        found.merge(Translations.load(TRANSLATIONS, [language], catalogue))  # type: ignore[attr-defined]  # it is there
    return found


if __name__ == "__main__":
    for one in sources():
        make(one)
