"""Have a child process write records and read templates: one at a time, started on demand, replaced when it hangs."""

from __future__ import annotations

import atexit
import contextlib
import subprocess
import sys
import threading
from pathlib import Path

import msgspec

from forms.word.asked import Asked
from forms.word.content import Content
from forms.word.errors import RenderFailed, TemplateFault
from forms.word.worker import Answer, Request, receive, send

HOUSE = Path(__file__).resolve().parent.parent.parent
LIFE = 200  # records; afterwards a fresh process, so that nothing piles up


class Writer:
    """A child process that writes records, and the lock that lets one caller at it."""

    def __init__(self, timeout: float = 60.0) -> None:
        # The wall's, a last net: the child's own limit of CPU time judges templates, and a busy machine is no fault.
        self.timeout = timeout
        self._child: subprocess.Popen[bytes] | None = None
        self._written = 0
        self._lock = threading.Lock()

    def write(self, template: bytes, content: Content) -> bytes:
        """The finished .docx. Raises TemplateFault (only another template helps) or RenderFailed (try again)."""
        answer = self._answer(Request(template, content))
        if not answer.document:
            raise RenderFailed(reason=answer.reason)
        return answer.document

    def ask(self, template: bytes) -> Asked:
        """What the template asks for. Raises TemplateFault or RenderFailed."""
        answer = self._answer(Request(template))
        if answer.asked is None:
            raise RenderFailed(reason=answer.reason)
        return answer.asked

    def _answer(self, request: Request) -> Answer:
        with self._lock:
            reply = self._ask(msgspec.json.encode(request))
        if reply is None:
            raise TemplateFault(reason="生成中止：超时、超出内存限制或程序出错")
        answer = msgspec.json.decode(reply, type=Answer)
        if answer.fault:
            raise TemplateFault(reason=answer.reason)
        return answer

    def _ask(self, message: bytes) -> bytes | None:
        child = self._start()
        assert child.stdin and child.stdout
        watch = threading.Timer(self.timeout, child.kill)
        watch.start()
        try:
            send(child.stdin, message)
            reply = receive(child.stdout)
        except BrokenPipeError:
            reply = None
        finally:
            watch.cancel()
        self._written += 1
        if reply is None or self._written >= LIFE:
            self._stop()
        return reply

    def _start(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._stop()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "forms.word.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=HOUSE,
            env={"PYTHONPATH": str(HOUSE), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self._written = 0
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream:
                with contextlib.suppress(BrokenPipeError):  # what the dead child did not take is lost with it
                    stream.close()

    def close(self) -> None:
        """End the child process."""
        with self._lock:
            self._stop()


_writer = Writer()
# A template that keeps its reader busy keeps no record waiting.
_reader = Writer()
atexit.register(_writer.close)
atexit.register(_reader.close)


def render(template: bytes, content: Content) -> bytes:
    """The finished .docx, by the process's one writer."""
    return _writer.write(template, content)


def ask(template: bytes) -> Asked:
    """What a template asks for, by the process's one reader."""
    return _reader.ask(template)
