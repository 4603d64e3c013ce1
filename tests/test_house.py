"""Holds what the house promises of itself: nothing named that is not there, nothing there that is not named."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import forms.library
from bpmn.errors import GuichengError
from bpmn.library import procedures
from bpmn.model import Element, Process
from bpmn.read import read
from bpmn.roles import ROLES
from engine.contract import described_of
from engine.jobs import letters, mail
from engine.obstacle import Reason
from engine.settings import Settings
from forms.word import fields, template
from forms.word.charts import CHARTS
from forms.word.deployed import COMMON
from forms.word.record import Record, records
from tasks import TASKS
from web import conformity_words, differences, replay, trust
from web.desks import NEEDS
from web.errors import SAID
from web.home import titles
from web.page import CHANNELS, DEEDS, NOTICES, STATUS, WAYS

HOUSE = Path(__file__).resolve().parent.parent
PARTS = ("bpmn", "forms", "engine", "tasks", "web")
CLAUSES = (
    *("5.1.1", "5.1.2", "5.2.1", "5.3.1", "5.3.2", "5.4.1", "5.4.2", "5.4.3", "5.4.4", "5.4.5"),
    *("5.5.1", "5.5.2", "5.5.3", "5.6.1", "5.6.2", "5.6.3", "5.6.4", "5.7.1", "5.7.2", "5.7.3"),
)
READMES = ("README.md", "README.zh-CN.md")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TOLD = {"FieldError": 1, "Wrong": 0, "PermanentFailure": 0, "say": 0}
"""What is called to say that something is wrong, and at which place it is given the words."""
# What is made by a command, and what belongs to tools.
MADE = {"build", "node_modules", "var", "__pycache__", "test-results", "translations"}


def drawn() -> list[Process]:
    """Every process of the bundled procedures."""
    return [process for files in procedures().values() for file in files for process in read(file)]


def elements() -> Iterator[Element]:
    """Every element of the bundled procedures."""
    for process in drawn():
        yield from process.elements


def test_every_form_that_a_diagram_names_exists() -> None:
    named = {element.form for element in elements()} | {process.start_form for process in drawn()}
    assert named - {None} <= forms.library.known()


def test_every_form_is_named_by_a_diagram() -> None:
    named = {element.form for element in elements()} | {process.start_form for process in drawn()}
    assert forms.library.known() <= named


def test_every_user_task_has_a_form() -> None:
    assert [e.id for e in elements() if e.type == "userTask" and not e.form] == []


def test_every_topic_of_a_service_task_is_registered() -> None:
    assert {element.topic for element in elements() if element.topic} <= set(TASKS)


def test_every_record_that_a_diagram_makes_is_known() -> None:
    made = {value.strip() for e in elements() if e.topic == "record" for name, value in e.inputs if name == "form"}
    known = {name for record in records().values() for name in (record.key, record.number)}
    assert made <= known


def test_every_record_is_made_by_a_diagram() -> None:
    made = {value.strip() for e in elements() if e.topic == "record" for name, value in e.inputs if name == "form"}
    assert [record.key for record in records().values() if not {record.key, record.number} & made] == []


def test_what_a_record_lists_of_its_makers_are_elements_of_the_diagrams() -> None:
    ids = {element.id for element in elements()}
    named = {id for record in records().values() for listed in record.deeds.values() for id in listed}
    assert named <= ids


def test_every_role_of_a_task_is_a_role() -> None:
    named = {role for element in elements() for role in (*element.roles, *element.on_behalf)}
    assert named <= {role.key for role in ROLES}


def test_every_called_process_is_drawn() -> None:
    keys = {process.key for process in drawn()}
    assert {e.called for e in elements() if e.called} <= keys


def test_element_ids_are_unique_across_the_files_of_a_procedure() -> None:
    for number, files in procedures().items():
        ids = [element.id for file in files for process in read(file) for element in process.elements]
        assert sorted(ids) == sorted(set(ids)), number


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_clause_of_the_procedure_is_reached_by_a_diagram(clause: str) -> None:
    assert clause in {element.clause for element in elements()}


def test_activities_and_events_carry_a_clause_and_gateways_none() -> None:
    main = [element for element in elements() if element.process.startswith("CBS00P004")]
    bare = [e.id for e in main if not e.type.endswith("Gateway") and e.type != "subProcess" and not e.clause]
    assert bare == []
    assert [e.id for e in main if e.type.endswith("Gateway") and e.clause] == []


@pytest.mark.parametrize("record", records().values(), ids=lambda record: record.key)
def test_every_placeholder_of_a_template_is_a_field(record: Record) -> None:
    asked = fields.of_record(record)
    plain = {field.key for field in asked} | {*COMMON, "company_name", "form_number", "security_level"}
    columns = {column.key for field in asked for column in field.columns}
    assert template.check_template(record.template(), plain | {"contract_number", *CHARTS}, columns) == []


def folders(under: Path, depth: int) -> Iterator[Path]:
    """The folders below one that are ours, `depth` levels down."""
    for path in sorted(under.iterdir()):
        if path.is_dir() and path.name not in MADE and not path.name.startswith("."):
            yield path
            if depth > 1:
                yield from folders(path, depth - 1)


def test_every_folder_stands_in_the_architecture_page() -> None:
    page = (HOUSE / "ARCHITECTURE.md").read_text(encoding="utf-8")
    # Folders named after a procedure, a form or a page stand there as one line each kind.
    kinds = {HOUSE / "forms", HOUSE / "bpmn" / "diagrams", HOUSE / "web" / "templates", HOUSE / "tests" / "diagrams"}
    missing = []
    for path in folders(HOUSE, 2):
        of_a_kind = path.parent in kinds and not (path / "__init__.py").exists()
        if not of_a_kind and f"{path.relative_to(HOUSE)}/" not in page:
            missing.append(str(path.relative_to(HOUSE)))
    assert missing == []


@pytest.mark.parametrize("readme", READMES)
def test_the_settings_of_the_readme_are_those_of_the_code(readme: str) -> None:
    told = set(re.findall(r"GUICHENG_([A-Z_]+)", (HOUSE / readme).read_text(encoding="utf-8")))
    assert {name.removesuffix("_FILE") for name in told} - {""} == {
        field.name.upper() for field in dataclasses.fields(Settings)
    }


@pytest.mark.parametrize("page", [*READMES, "ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md", "CHANGELOG.md"])
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (HOUSE / page).read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith("http") and not (HOUSE / link).exists()] == []


def catalogues() -> Iterator[Catalog]:
    """The English catalogues."""
    for path in (HOUSE / "web" / "translations" / "en" / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as file:
            yield read_po(file, locale="en", abort_invalid=True)


def untranslated(texts: Iterator[str]) -> list[str]:
    """Those texts that the English catalogues do not have."""
    messages = [m for catalogue in catalogues() for m in catalogue if m.id and m.string and not m.fuzzy]
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in messages}
    return sorted({text for text in texts if CHINESE.search(text)} - known)


def test_every_text_of_the_pages_has_an_english_translation() -> None:
    methods = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
    keywords = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2), "_l": None}
    root = str(HOUSE / "web")
    found = extract_from_dir(
        root, methods, keywords=keywords, directory_filter=lambda path: Path(path).name not in MADE
    )
    texts = [message if isinstance(message, str) else message[0] for _, _, message, _, _ in found]
    named = [*(way.title for way in WAYS), *titles().values(), *(word for word, _ in NOTICES.values())]
    named += [*(word for word, _ in STATUS.values()), *(word for said in SAID.values() for word in said)]
    named += [*DEEDS.values(), *CHANNELS.values(), *replay.WORDS.values(), *trust.EFFECTS.values()]
    named += [word for word, _ in (*trust.FINDING.values(), *trust.STATE.values())]
    named += [*conformity_words.TEXTS, *(action for record in records().values() for action in record.deeds)]
    needed = [name.rpartition(": ")[2] for name in NEEDS]
    assert untranslated(iter([*texts, *named, *needed, *differences.TEXTS])) == []


def test_what_mails_say_has_an_english_translation() -> None:
    assert untranslated(iter([mail.SUBJECT, mail.GREETING, mail.CLOSING, *letters.KINDS.values()])) == []


def words(component: Mapping[str, Any]) -> Iterator[str]:
    """Everything in a component of a form that people read."""
    for name in ("label", "description", "text"):
        if component.get(name):
            yield str(component[name])
    for option in component.get("values") or ():
        yield str(option.get("label", ""))
    for name in ("rule_message", "warn_message"):
        yield str((component.get("properties") or {}).get(name, ""))
    for inner in component.get("components") or ():
        yield from words(inner)


def test_every_text_of_the_forms_has_an_english_translation() -> None:
    schemas = [json.loads(file.content) for file in forms.library.files().values()]
    texts = (text for schema in schemas for text in (schema.get("title", ""), *words(schema)))
    assert untranslated(texts) == []


def errors(base: type[GuichengError]) -> Iterator[type[GuichengError]]:
    """A kind of error and every kind below it."""
    yield base
    for kind in base.__subclasses__():
        yield from errors(kind)


def test_every_sentence_of_an_error_has_an_english_translation() -> None:
    for part in PARTS:
        for path in (HOUSE / part).rglob("errors.py"):
            import_module(".".join(path.relative_to(HOUSE).with_suffix("").parts))
    ours = (kind.template for kind in errors(GuichengError) if kind.__module__.split(".")[0] in PARTS)
    assert untranslated(ours) == []


def test_every_reason_why_an_instance_cannot_be_moved_has_an_english_translation() -> None:
    assert untranslated(iter(Reason)) == []


SPEAKING = (
    *(
        "bpmn/check.py",
        "bpmn/globals.py",
        "bpmn/markup.py",
        "bpmn/iso8601.py",
        "bpmn/sentence.py",
        "bpmn/rules",
        "bpmn/dmn",
        "bpmn/feel",
    ),
    *("forms/check.py", "forms/read.py", "forms/word/deployed.py", "forms/word/package.py", "forms/word/template.py"),
    *("bpmn/procedure.py", "engine/proposals.py", "forms/word/asked.py", "forms/word/worker.py"),
    *("engine/deploy.py", "engine/schedule.py", "engine/spiff", "engine/verify.py"),
)
"""What tells findings, and what stops an expression or a step."""
TOLD_IN_V8 = re.compile(r"'([^'\n]*[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”][^'\n]*)'")


def spoken(part: str, kind: str) -> Iterator[Path]:
    """The files of that kind of one of these."""
    path = HOUSE / part
    return path.glob(f"*.{kind}") if path.is_dir() else iter([path] if path.suffix == f".{kind}" else [])


WRITTEN = (
    *("forms/word/blank.py", "forms/word/charts.py", "forms/word/dates.py", "forms/word/show.py"),
    "forms/word/procedure",
    *("engine/procedure.py", "engine/revisions.py", "engine/releases.py", "tasks/statistics.py", "engine/offline.py"),
    "tasks/agreement_clock.py",
)
"""What writes into records, documents and the variables that they are made of: these are Chinese for all; and the
program in an evidence pack, which says everything in both languages."""


def constants(path: Path) -> Iterator[str]:
    """Every text in a module but documentation."""
    tree = ast.parse(path.read_text("utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.value


def test_no_chinese_text_is_put_together_where_it_is_told_in_the_reader_s_language() -> None:
    mixed = []
    for part in ("bpmn", "engine", "forms", "tasks"):
        for path in (HOUSE / part).rglob("*.py"):
            if any((HOUSE / written) in (path, *path.parents) for written in WRITTEN):
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                parts = node.values if isinstance(node, ast.JoinedStr) else ()
                if CHINESE.search("".join(str(one.value) for one in parts if isinstance(one, ast.Constant))):
                    mixed.append(f"{path.relative_to(HOUSE)}:{getattr(node, 'lineno', 0)}")
    assert mixed == [], "write them with say(...)"


def test_every_finding_has_an_english_translation_with_the_same_gaps() -> None:
    texts = [text for part in SPEAKING for path in spoken(part, "py") for text in constants(path)]
    texts += [
        text for part in SPEAKING for path in spoken(part, "js") for text in TOLD_IN_V8.findall(path.read_text("utf-8"))
    ]
    assert len(texts) > 300 and untranslated(iter(texts)) == []
    gaps = re.compile(r"\{\w+\}")
    catalogue = next(one for one in catalogues() if any(m.id == "{told}：{message}" for m in one))
    kept = [(str(m.id), str(m.string)) for m in catalogue if m.id]
    assert [one for one, other in kept if set(gaps.findall(one)) != set(gaps.findall(other))] == []


def test_every_name_of_a_role_a_step_and_a_procedure_has_an_english_translation() -> None:
    named = [role.title for role in ROLES] + [e.name for e in elements()] + [process.name for process in drawn()]
    assert untranslated(iter(named)) == []


def test_what_a_task_shows_of_the_procedure_has_an_english_translation() -> None:
    assert untranslated(element.documentation for element in elements()) == []


def test_every_title_of_a_record_has_an_english_translation() -> None:
    assert untranslated(record.title for record in records().values()) == []


def told_of_fields(part: str) -> Iterator[str]:
    """Whatever the code of a part says of a field, or of what failed, where it stands there as one text."""
    for path in (HOUSE / part).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOLD:
                for text in node.args[TOLD[node.func.id] :][:1]:
                    either = [text.body, text.orelse] if isinstance(text, ast.IfExp) else [text]
                    yield from (str(one.value) for one in either if isinstance(one, ast.Constant))


@pytest.mark.parametrize("part", PARTS)
def test_what_is_said_of_a_field_or_a_failure_has_an_english_translation(part: str) -> None:
    assert untranslated(told_of_fields(part)) == []


def test_every_text_about_a_service_task_has_an_english_translation() -> None:
    told = [described_of(topic, handler) for topic, handler in TASKS.items()]
    inputs = [given for one in told for given in one.inputs]
    choices = [label for given in inputs for _, label in given.choices]
    assert untranslated(iter([*(one.title for one in told), *(given.label for given in inputs), *choices])) == []


def test_every_service_task_tells_what_it_takes_and_takes_what_diagrams_give_it() -> None:
    told = {topic: described_of(topic, handler) for topic, handler in TASKS.items()}
    assert [topic for topic, one in told.items() if one.title == topic] == []
    for element in elements():
        if element.topic and not told[element.topic].free:
            assert {name for name, _ in element.inputs} <= {given.name for given in told[element.topic].inputs}, element


def test_every_icon_that_a_page_names_is_in_the_sprite() -> None:
    built = (HOUSE / "web" / "frontend" / "build.mjs").read_text(encoding="utf-8")
    drawn_icons = set(re.findall(r"'([a-z0-9-]+)'", built[built.index("const ICONS") : built.index("];")]))
    templates = [path.read_text(encoding="utf-8") for path in (HOUSE / "web" / "templates").rglob("*.html")]
    named = {name for text in templates for name in re.findall(r"icon(?:_name)?(?:\(|=)[\"']([a-z0-9-]+)", text)}
    named |= {way.icon for way in WAYS}
    assert named <= drawn_icons


@pytest.mark.parametrize("part", PARTS)
def test_no_folder_is_named_after_a_kind_of_code(part: str) -> None:
    banned = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
    assert [str(p) for p in (HOUSE / part).rglob("*.py") if p.stem in banned and "node_modules" not in p.parts] == []
