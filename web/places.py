"""Where the tokens of an instance wait, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.views import Place
from web.language import of_form


def leaves(places: Sequence[Place]) -> list[Place]:
    """Without the stages that are only there because something waits inside of them."""
    return [place for place in places if not any(_around(place, other) for other in places)]


def _around(place: Place, other: Place) -> bool:
    inside = f"{place.path}/{place.element}" if place.path else place.element
    return other.path == inside or other.path.startswith((f"{inside}/", f"{inside}["))


def words(places: Sequence[Place]) -> list[str]:
    """The names of the steps, each once, in the reader's language."""
    counted = Counter(of_form(place.name) for place in leaves(places))
    return [f"{name} ×{count}" if count > 1 else name for name, count in counted.items()]
