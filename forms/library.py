"""The forms that come with the house: one folder a form, found by its key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from bpmn.model import File
from forms.errors import FormUnknown
from forms.model import Form
from forms.read import read

FOLDER = Path(__file__).parent


@cache
def files() -> Mapping[str, File]:
    """Every bundled .form file by form key; its name is `<key>.form`."""
    found = {path.stem: File(path.name, path.read_bytes()) for path in sorted(FOLDER.glob("*/*.form"))}
    return MappingProxyType(found)


def known() -> frozenset[str]:
    """The keys of the bundled forms."""
    return frozenset(files())


def form(key: str) -> Form:
    """The bundled form of that key. Raises FormUnknown."""
    file = files().get(key)
    if file is None:
        raise FormUnknown(key=key)
    return read(file.content)


def forms() -> dict[str, Form]:
    """Every bundled form by key."""
    return {key: form(key) for key in files()}
