"""Our Chinese for the libraries of the editors has a word for every text that they ask for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

FRONTEND = Path(__file__).resolve().parents[2] / "web" / "frontend"
ASKED = re.compile(r"\btranslate(?:\$\d+)?\(\s*(['\"])((?:\\.|(?!\1).)*)\1")
LABELS = re.compile(r"\b(?:label|name|title): '([A-Z][^']*)'")
LIBRARIES = (
    "bpmn-js/lib/features",
    "bpmn-js-create-append-anything/dist/index.es.js",
    "bpmn-js-bpmnlint/dist/index.esm.js",
    "diagram-js/lib/features/search-pad",
    "diagram-js-minimap/dist/index.esm.js",
    "dmn-js-shared/lib",
    "dmn-js-drd/lib",
    "dmn-js-decision-table/lib",
    "dmn-js-literal-expression/lib",
    "dmn-js-boxed-expression/lib",
)
NO_TEXT = {" + shift + ", " + x + ", "HELLO {you}"}
"""What looks like a question for a word and is none: transformations of SVG, an example in a comment."""


def words() -> set[str]:
    """The texts that the dictionary knows, as it looks them up."""
    known = json.loads((FRONTEND / "studio" / "words.json").read_text(encoding="utf-8"))
    assert all(re.search(r"[\u4e00-\u9fff]", word) for word in known.values())
    return {text.lower() for text in known}


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_text_that_a_library_asks_for_has_a_word(library: str) -> None:
    place = FRONTEND / "node_modules" / library
    sources = [place] if place.is_file() else sorted(place.rglob("*.js"))
    assert sources, f"{library} is not there: ./run installs it"
    asked: set[str] = set()
    for source in sources:
        text = source.read_text(encoding="utf-8")
        asked |= {found for _, found in ASKED.findall(text)}
        if source.name == "ReplaceOptions.js" or "create-append" in library:
            asked |= set(LABELS.findall(text))
    assert sorted(found for found in asked - NO_TEXT if found.lower() not in words()) == []


def test_every_rule_of_the_linter_speaks_chinese() -> None:
    marks = (FRONTEND / "studio" / "marks.js").read_text(encoding="utf-8")
    used = re.findall(r"from 'bpmnlint/rules/([a-z-]+)'", marks)
    said: set[str] = set()
    for rule in used:
        text = (FRONTEND / "node_modules" / "bpmnlint" / "rules" / f"{rule}.js").read_text(encoding="utf-8")
        said |= set(re.findall(r"report\([^,()]+,\s*'([^']+)'\s*[,)]", text))
    assert len(said) > 15 and sorted(one for one in said if one.lower() not in words()) == []
