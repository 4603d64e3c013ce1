"""The one family of errors: the first paragraph of a class's docstring is the sentence shown to people."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from bpmn.sentence import Said, Sentence, as_sentence, fillings


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: its path (`systems[0].name`) and a sentence for people."""

    field: str
    message: Said


class GuichengError(Exception):
    """出现错误。"""

    status: ClassVar[int] = 400
    template: ClassVar[str] = "出现错误。"

    def __init__(self, *, errors: Sequence[FieldError] = (), **details: object) -> None:
        self.errors: tuple[FieldError, ...] = tuple(errors)
        # A detail stands within a sentence that has a full stop of its own.
        self.details: Mapping[str, object] = {
            name: told.removesuffix("。") if isinstance(told, str) else told for name, told in details.items()
        }
        super().__init__(details)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # The class's own docstring only: one inherited would show another error's sentence.
        own = inspect.cleandoc(cls.__dict__.get("__doc__") or "").split("\n\n")[0].strip()
        if own:
            cls.template = own

    @property
    def said(self) -> Sentence:
        """The sentence, with what fills it; a reason is one of its own."""
        reason = self.details.get("reason")
        told = {"reason": as_sentence(reason)} if isinstance(reason, str | Sentence) else {}
        return Sentence(self.template, fillings({**self.details, **told}))

    def __str__(self) -> str:
        return str(self.said)


class Invalid(GuichengError):
    """填写的内容有误，请按提示更正。"""

    status = 422


class Forbidden(GuichengError):
    """您没有权限进行此操作。"""

    status = 403


class NotFound(GuichengError):
    """找不到所要的内容。"""

    status = 404


class Conflict(GuichengError):
    """内容已被他人更改，请刷新后再试。"""

    status = 409


class TooLarge(GuichengError):
    """内容过大。"""

    status = 413


class Unavailable(GuichengError):
    """服务暂时不可用，请稍后再试。"""

    status = 503


class IdempotencyMismatch(GuichengError):
    """同一 Idempotency-Key 已用于另一内容的请求。"""

    status = 422
