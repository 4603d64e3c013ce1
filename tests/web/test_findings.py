"""What is found is told in the reader's language: by the API, in pages, and as it was stored."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import partial

import msgspec
import pytest
from sqlalchemy import update

from bpmn.check import check
from bpmn.dmn import Undecided, decide, read
from bpmn.errors import GuichengError
from bpmn.feel import Feel
from bpmn.model import File, Finding
from engine.definitions import findings
from engine.store import tables as t
from forms.check import check as check_forms
from tests.bpmn import test_check, test_dmn, test_forbidden
from tests.engine.spiff.play import diagram, flows
from tests.web.conftest import House
from web.catalogues import say

CHINESE = re.compile(r"[\u4e00-\u9fff：，。、（）]")
ENGLISH = {"Accept-Language": "en"}
ENGLISH_OF = partial(say, "en")
BROKEN = diagram('<startEvent id="s"/><serviceTask id="a"/><endEvent id="e"/>' + flows("s>a", "a>e"))
WARNED = diagram('<startEvent id="s"/><userTask id="a" name="评审"/><endEvent id="e"/>' + flows("s>a", "a>e"), "warned")


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    """One isolate for all."""
    one = Feel()
    yield one
    one.close()


def bare(text: str) -> str:
    """Without what is quoted: names and expressions stay as they were written."""
    return re.sub(r"“[^”]*”|\"[^\"]*\"|\([^()]*\)", "", text)


def told(findings: list[Finding]) -> list[str]:
    """In English."""
    return [one.said.told(ENGLISH_OF) for one in findings if one.said is not None]


def test_everything_that_is_found_can_be_told_in_english(feel: Feel) -> None:
    files = [file for _, file in test_check.CASES]
    files += [file for _, *pair in test_forbidden.CASES for file in pair if isinstance(file, File)]
    seen = set()
    for file in files:
        found = check([file], test_check.KNOWN, feel)
        assert len(told(found)) == len(found)
        for finding, text in zip(found, told(found), strict=True):
            seen.add(finding.rule)
            assert not CHINESE.search(bare(text)), text
            assert str(finding.said) == finding.message
    assert len(seen) > 90


@pytest.mark.parametrize("expression", ["1 +", "a.b", '1 < "x"', 'if "no" then 1 else 2', "function(x) x", "gone(1)"])
def test_what_feel_says_is_told_in_english(feel: Feel, expression: str) -> None:
    with pytest.raises(GuichengError) as error:
        feel.evaluate(expression, {"a": {}}, 0)
    assert not CHINESE.search(bare(error.value.said.told(ENGLISH_OF)))


def test_what_a_decision_and_a_form_say_is_told_in_english(feel: Feel) -> None:
    content = test_dmn.table("", test_dmn.OVERLAP)
    with pytest.raises(Undecided) as error:
        decide(read(File("t.dmn", f"{test_dmn.HEAD}{content}</definitions>".encode())), "d", {"n": 7}, feel, 0)
    said = error.value.said.told(ENGLISH_OF)
    assert "rows 1, 2, 3 hold at once" in said and not CHINESE.search(bare(said))
    schema = {"id": "f", "components": [{"type": "button"}, {"type": "select", "key": "1"}, {"type": "textfield"}]}
    found = check_forms([File("g.form", msgspec.json.encode(schema))], feel)
    assert len(found) > 3 and [text for text in told(found) if CHINESE.search(bare(text))] == []


def test_the_api_refuses_in_the_caller_s_language(house: House) -> None:
    for headers, said in (({}, "请设"), (ENGLISH, "“a”: Without a topic it is not known what to do; set")):
        data = {"files": (io.BytesIO(BROKEN.content), "p.bpmn")}
        answer = house.api("boss").post("deployments", data=data, headers=headers)
        (one,) = [found for found in answer.json["findings"] if found["severity"] == "error"]
        assert answer.status_code == 422 and set(one) == {"severity", "rule", "file", "element", "line", "message"}
        assert (one["rule"], one["element"]) == ("no-topic", "a") and said in one["message"]


def test_warnings_stay_with_the_deployment_and_are_shown_in_the_reader_s_language(house: House) -> None:
    house.engine.deploy(house.engine_actor("boss"), [WARNED])
    program = house.api("boss")
    program.headers |= ENGLISH
    stored = [found["message"] for found in program.get("process-definitions/warned").json["findings"]]
    assert any("“评审” does not say which clause it carries out" in message for message in stored)
    boss = house.person("boss")
    assert "没有标明所执行的条款" in boss.get("/procedures/warned").text
    boss.send("/language", language="en")
    assert "does not say which clause it carries out" in boss.get("/procedures/warned").text
    assert "Warnings of the deployment" not in house.person("manager").get("/procedures/warned").text


def test_findings_that_an_earlier_release_stored_are_told_as_they_were(house: House) -> None:
    made = house.engine.deploy(house.engine_actor("boss"), [WARNED])
    old = [
        {name: getattr(one, name) for name in ("severity", "rule", "file", "element", "line")} for one in made.findings
    ]
    kept = msgspec.json.encode({"findings": [{**one, "message": "旧的提示"} for one in old], "files": {}}).decode()
    with house.engine.room.database.write() as connection:
        connection.execute(update(t.deployment).where(t.deployment.c.id == made.id).values(findings=kept))
    with house.engine.room.database.read() as connection:
        assert {one.message for one in findings(connection, house.engine.definition("warned"))} == {"旧的提示"}
    assert "旧的提示" in house.person("boss").get("/procedures/warned").text
