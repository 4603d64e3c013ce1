"""What the house writes down of itself, on standard error: lines to read at a terminal, in production JSON, one a line.

Never the local variables of a traceback: passwords and people's data may be among them; nor the secret part of the
address of a link, which is all that an outside party needs.
"""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from engine.settings import Settings, from_environment

LINK = re.compile(r"(/l/)[^\s/?\"]+")


def _no_links(logger: WrappedLogger, name: str, told: EventDict) -> EventDict:
    return {key: LINK.sub(r"\1…", value) if isinstance(value, str) else value for key, value in told.items()}


BEFORE: tuple[Processor, ...] = (
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _no_links,
)


def configure(settings: Settings) -> None:
    """Have everything logged so, our own events from `info` on, other people's warnings."""
    structlog.configure(
        processors=[*BEFORE, *_rendered(settings.production)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *names: structlog.WriteLogger(sys.stderr),
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(settings))
    root = logging.getLogger()
    root.handlers, root.level = [handler], logging.WARNING


def formatter(settings: Settings | None = None) -> logging.Formatter:
    """The same for what libraries log, and gunicorn."""
    production = (settings or from_environment()).production
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*BEFORE, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendered(production)],
    )


def _rendered(production: bool) -> list[Any]:
    if production:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
