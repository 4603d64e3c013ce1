"""PDF is made by LibreOffice or not at all."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from forms.word import pdf
from forms.word.errors import RenderFailed


def office(folder: Path, script: str) -> None:
    """A stand-in for LibreOffice on the path."""
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_without_libreoffice_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert pdf.program() is None
    with pytest.raises(pdf.NoPdf, match="LibreOffice"):
        pdf.convert(b"x")


def test_with_it_the_converted_file_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office(tmp_path, 'for last; do :; done; printf "%%PDF " > "${last%.docx}.pdf"; cat "$last" >> "${last%.docx}.pdf"')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert pdf.convert(b"record") == b"%PDF record"


@pytest.mark.parametrize("script", ["exit 1", "exit 0"])
def test_a_failed_conversion_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    office(tmp_path, script)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(RenderFailed):
        pdf.convert(b"record")
