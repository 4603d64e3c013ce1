"""The child process that reads and fills templates: limited in time, memory and files; `python -m forms.word.worker`.

A template is edited by people and may loop for ever or grow without end; whatever it does, it does it here.
"""

from __future__ import annotations

import resource
import struct
import sys
import zipfile
from dataclasses import dataclass
from typing import IO

import msgspec
from jinja2 import TemplateError
from jinja2.exceptions import SecurityError, UndefinedError
from lxml.etree import XMLSyntaxError

from bpmn.sentence import Said, Sentence, say
from forms.word.asked import Asked, asked
from forms.word.content import Content
from forms.word.errors import TemplateFault
from forms.word.write import write

LENGTH = struct.Struct(">I")
MEMORY = 1 << 30
SECONDS = 10


@dataclass(frozen=True)
class Request:
    """One record to write; without content, what the template asks for."""

    template: bytes
    content: Content | None = None


@dataclass(frozen=True)
class Answer:
    """The document or what was asked, or why there is none: `fault` is the template's, else the machine's."""

    document: bytes = b""
    asked: Asked | None = None
    reason: Said = ""
    fault: bool = False


def receive(stream: IO[bytes]) -> bytes | None:
    """One message; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    body = stream.read(size)
    return body if len(body) == size else None


def send(stream: IO[bytes], message: bytes) -> None:
    """Send one message."""
    stream.write(LENGTH.pack(len(message)) + message)
    stream.flush()


def limit() -> None:
    """A fresh allowance of CPU time for the next record: the kernel counts the whole life of the process."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(spent.ru_utime + spent.ru_stime) + SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def said(error: TemplateFault) -> Said:
    """Why a template has a fault."""
    reason = error.details["reason"]
    return reason if isinstance(reason, Sentence) else str(reason)


def answer(message: bytes) -> Answer:
    """Write one record; a template's fault is an answer, not a crash."""
    request = msgspec.json.decode(message, type=Request)
    try:
        if request.content is None:
            return Answer(asked=asked(request.template))
        return Answer(document=write(request.template, request.content))
    except TemplateFault as error:
        return Answer(reason=said(error), fault=True)
    except UndefinedError as error:
        return Answer(reason=say("未知的占位符：{message}", message=error.message), fault=True)
    except SecurityError as error:
        return Answer(reason=say("占位符越出允许范围：{message}", message=error.message), fault=True)
    except TemplateError as error:
        return Answer(reason=say("占位符语法有误：{message}", message=error.message), fault=True)
    except MemoryError:
        return Answer(reason="占用内存超出限制", fault=True)
    except (
        XMLSyntaxError,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        OverflowError,
        ArithmeticError,
    ) as error:
        return Answer(reason=f"{type(error).__name__}: {error}", fault=True)


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while (message := receive(stdin)) is not None:
        limit()
        send(stdout, msgspec.json.encode(answer(message)))


if __name__ == "__main__":
    main()
