"""Sentences for people: Chinese, with named gaps, so that they can be told in another language wherever they are read.

The Chinese sentence is the key of its translation. Below the pages nobody knows languages: what is said here is turned
into text by whoever shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Union

Listed = tuple[Union[str, "Sentence"], ...]
Filling = Union[str, int, "Sentence", Listed]


class _Blank(dict[str, object]):
    """A gap that nothing fills is shown as its name: telling what is wrong must never raise another error."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@dataclass(frozen=True)
class Sentence:
    """What is said, and what fills its gaps: names and numbers as they are, sentences of their own, lists of them."""

    template: str
    details: tuple[tuple[str, Filling], ...] = ()

    def __str__(self) -> str:
        return self.told(lambda text: text)

    def told(self, translate: Callable[[str], str]) -> str:
        """The text, with `translate` for each sentence in it."""
        text = translate(self.template)
        if not self.details:
            return text
        told = text.format_map(_Blank({name: _told(filling, translate) for name, filling in self.details}))
        return told.replace("。。", "。")  # a sentence within a sentence has a full stop of its own


Said = Sentence | str
"""A text without gaps is a sentence too."""


def _told(filling: Filling, translate: Callable[[str], str]) -> str | int:
    if isinstance(filling, Sentence):
        return filling.told(translate)
    if isinstance(filling, tuple):
        return translate("、").join(str(_told(one, translate)) for one in filling)
    return filling


def say(template: str, **details: object) -> Sentence:
    """A sentence with its gaps filled; an error fills one with its own sentence, a list with its items."""
    return Sentence(template, fillings(details))


def fillings(details: Mapping[str, object]) -> tuple[tuple[str, Filling], ...]:
    """What fills the gaps, as it is kept."""
    return tuple((name, _filling(value)) for name, value in details.items())


def _filling(value: object) -> Filling:
    if isinstance(value, Sentence) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, list | tuple):
        return tuple(one if isinstance(one, Sentence) else str(one) for one in value)
    if isinstance(value, Exception):
        return of(value)
    return "" if value is None else str(value)


def as_sentence(said: Said) -> Sentence:
    """What is said, as a sentence."""
    return said if isinstance(said, Sentence) else Sentence(said)


def of(error: Exception) -> Sentence:
    """What an error says: its own sentence, the one that it was raised with, or its text."""
    said = getattr(error, "said", None)
    first = error.args[0] if error.args else None
    return next((one for one in (said, first) if isinstance(one, Sentence)), Sentence(str(error)))
