"""A record as PDF, where LibreOffice is installed; where it is not, that is said and nothing is pretended."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from bpmn.errors import Unavailable
from forms.word.errors import RenderFailed

PROGRAMS = ("soffice", "libreoffice")
SECONDS = 60


class NoPdf(Unavailable):
    """本机未安装 LibreOffice，不能转换为 PDF；请下载 Word 文件。"""


def program() -> str | None:
    """LibreOffice's program, or None where it is not installed."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def convert(document: bytes) -> bytes:
    """The PDF of a .docx. Raises NoPdf or RenderFailed."""
    office = program()
    if office is None:
        raise NoPdf()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "record.docx"
        source.write_bytes(document)
        # A profile of its own: two conversions with one profile wait for each other or fail.
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
            return source.with_suffix(".pdf").read_bytes()
        except (subprocess.SubprocessError, FileNotFoundError) as error:
            raise RenderFailed(reason="转换为 PDF 失败") from error
