"""What the door lets in, the machine compiles: a diagram with parts cut out is refused by a finding or runs."""

import random
import re

import pytest

from bpmn.check import check
from bpmn.feel import Feel
from bpmn.library import procedures
from bpmn.model import File, Known
from bpmn.normalise import normalise
from bpmn.read import read
from engine.spiff import compile

PARTS = re.compile(rb"<(\w[\w:]*)( [^<>]*)?/>|<(\w[\w:]*)( [^<>]*)?>[^<>]*</\3>")
FILES = [file for files in procedures().values() for file in files if file.name.endswith(".bpmn")]
FORMS = {element.form for file in FILES for process in read(file) for element in process.elements if element.form}
TOPICS = {element.topic for file in FILES for process in read(file) for element in process.elements if element.topic}


def mutated(seed: int) -> bytes:
    """One of the house's diagrams, with a few parts cut out, doubled or their values changed about."""
    choose = random.Random(seed)
    content = choose.choice(FILES).content
    for _ in range(choose.randint(1, 3)):
        start, end = choose.choice([match.span() for match in PARTS.finditer(content)])
        part = content[start:end] * choose.choice([0, 0, 2])
        content = content[:start] + part + content[end:]
    if choose.random() < 0.3:
        words = content.split(b'"')
        one, other = choose.randrange(3, len(words), 2), choose.randrange(3, len(words), 2)
        words[one], words[other] = words[other], words[one]
        content = b'"'.join(words)
    return content


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


@pytest.mark.parametrize("seed", range(0, 400, 40))
def test_a_damaged_diagram_is_refused_or_compiles(feel: Feel, seed: int) -> None:
    for number in range(seed, seed + 40):
        file = File("p.bpmn", mutated(number))
        if any(finding.severity == "error" for finding in check([file], Known(FORMS, TOPICS), feel)):
            continue
        kept = File("p.bpmn", normalise(file.content))
        for process in read(kept):
            assert compile([kept], process.key).key == process.key
