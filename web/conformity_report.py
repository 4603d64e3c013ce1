"""A sample as a report: the lines of its CSV, the passages of its Word file; in the reader's language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from flask_babel import gettext

from bpmn.clauses import clauses
from engine.actor import OWN
from engine.conformity.records import APPROVED, CHECKED, WRITTEN
from engine.conformity.views import ClauseRow, Conformity, RecordRow, Sample, Signed, Sum, Told, summed
from engine.views import Definition
from forms.word.report import Grid, Passage, Report, write
from web import times
from web.audit import inert
from web.conformity_words import AFTER, EYES, RECORDS, RULES, SIGNS, STANDINGS, told_kind
from web.here import settings
from web.language import called, of_form
from web.page import role_title
from web.page import status as status_of

Names = Mapping[str, str]
UNSAID = ("not_applicable", "ahead")
"""A record of which there is nothing to tell."""


def heads() -> list[str]:
    """What the columns of the CSV are called."""
    return [
        gettext("项目标识"), gettext("业务编号"), gettext("项目"), gettext("状态"), gettext("条款"), gettext("情况"),
        gettext("不适用的理由"), gettext("退回次数"), gettext("退回"), gettext("跳过"), gettext("干预"),
        gettext("步骤逾期"), gettext("表号"), gettext("记录"), gettext("记录情况"), gettext("文档编号"),
        gettext("版本"), gettext("生成时间"), gettext("迟"), gettext("事后补"), gettext("编制"), gettext("审核"),
        gettext("批准"), gettext("是否不同人"),
    ]  # fmt: skip


def sheet(projects: Iterable[Conformity], names: Names) -> Iterator[str]:
    """CSV, a line each, with a mark by which spreadsheets know UTF-8; no cell is a formula."""
    yield "\ufeff" + _line(heads())
    for one in projects:
        for row in one.clauses:
            for record in row.records or (None,):
                yield _line(_cells(one, row, record, names))


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([inert(cell) for cell in cells])
    return text.getvalue()


def _cells(one: Conformity, row: ClauseRow, record: RecordRow | None, names: Names) -> list[str]:
    return [
        *(one.id, one.business_key or "", called(one.title), status_of(one.status)[0], row.clause),
        *(_word(STANDINGS, row.standing), row.reason, str(len(row.returns))),
        *(_every(told, names) for told in (row.returns, row.skips, row.interventions)),
        str(row.late),
        *(_of_record(record, names) if record else [""] * 12),
    ]


def _of_record(record: RecordRow, names: Names) -> list[str]:
    last = record.versions[-1] if record.versions else None
    return [
        *(record.number, of_form(record.title), _word(RECORDS, record.standing)),
        *((last.document_number or "", last.version, times.local(last.at)) if last else ("", "", "")),
        *_flaws(record),
        *(_signed(record.by(*actions), names) for actions in (WRITTEN, CHECKED, APPROVED)),
        gettext(EYES[record.four_eyes]) if record.four_eyes else "",
    ]


def _flaws(record: RecordRow) -> tuple[str, str]:
    """Which of its versions were late, and which were made after the fact."""
    late = [f"V{one.version} {times.lasted(one.late)}" for one in record.versions if one.late]
    after = [f"V{one.version} {gettext(AFTER[one.after_fact])}" for one in record.versions if one.after_fact]
    return "；".join(late), "；".join(after)


def _word(words: Mapping[str, tuple[str, str]], key: str) -> str:
    return str(gettext(words[key][0]))


def _every(told: Iterable[Told], names: Names) -> str:
    return "\n".join(_said(one, names) for one in told)


def _said(one: Told, names: Names) -> str:
    element = f"“{of_form(one.element_name)}”" if one.element_name else ""
    why = f"{gettext('：')}{one.reason}" if one.reason else ""
    return f"{told_kind(one.kind)}{element} {_person(one.actor, names)} {times.local(one.at)}{why}"


def _signed(signed: Iterable[Signed], names: Names) -> str:
    found = []
    for one in signed:
        behalf = f"（{gettext('代%(role)s', role=role_title(one.on_behalf_of))}）" if one.on_behalf_of else ""
        found.append(f"{_person(one.user, names)}{behalf}")
    return "、".join(dict.fromkeys(found))


def _person(user: str, names: Names) -> str:
    if user in OWN:
        return str(gettext("系统"))
    return str(gettext("外部链接")) if user.startswith("link:") else names.get(user, user)


def report(
    sample: Sample, definition: Definition, projects: Sequence[Conformity], numbers: Sequence[str], names: Names
) -> bytes:
    """The Word file of a sample."""
    since = times.local_date(sample.since) if sample.since is not None else gettext("不限")
    details = (
        (gettext("规程"), f"{definition.key} {of_form(definition.name)}"),
        (gettext("种子"), sample.seed),
        (gettext("抽中 / 总体"), f"{len(sample.instances)} / {sample.population}"),
        (gettext("发起日期"), f"{since} – {times.local_date(sample.until - 1)}"),
        (gettext("抽样人"), _person(sample.drawn_by, names)),
        (gettext("抽样时间"), times.local(sample.drawn_at)),
        (gettext("报告时间"), times.local(times.now())),
        (gettext("总体的 SHA-256"), sample.digest),
    )
    passages = (
        Passage(gettext("判断规则"), tuple(f"{n}. {gettext(rule)}" for n, rule in enumerate(RULES, 1))),
        Passage(gettext("按条款汇总"), (), _summary(definition, projects, numbers)),
        Passage(gettext("项目 × 条款"), (_legend(),), _matrix(projects, numbers)),
        Passage(gettext("偏离明细"), (), _deviations(projects, names), gettext("没有偏离。")),
        Passage(gettext("记录"), (), _records(projects, names), gettext("没有记录。")),
    )
    title, subject = gettext("条款对照报告"), f"{definition.key} {of_form(definition.name)}"
    words = (gettext("第 "), gettext(" 页 共 "), gettext(" 页"))
    return write(Report(settings().company_name, subject, title, details, passages, words))


def _summary(definition: Definition, projects: Sequence[Conformity], numbers: Sequence[str]) -> Grid:
    steps = {
        clause.number: "、".join(of_form(step.name or step.id) for step in clause.steps if step.type == "userTask")
        for clause in clauses(definition.elements)
    }
    titles = (
        gettext("条款"), gettext("人工步骤"), *(gettext(word) for word, _ in STANDINGS.values()), gettext("退回"),
        gettext("跳过"), gettext("干预"), gettext("逾期"), gettext("记录有"), gettext("记录缺"), gettext("记录迟"),
        gettext("事后补"), gettext("有同一人"),
    )  # fmt: skip
    rows = [(one.clause, steps.get(one.clause, ""), *_figures(one)) for one in summed(projects, numbers)]
    return Grid(titles, rows, (1.4, 6.0, *(1.35,) * len(STANDINGS), *(1.2,) * 9))


def _figures(one: Sum) -> list[str]:
    counts = [one.standings.get(key, 0) for key in STANDINGS]  # type: ignore[call-overload]  # the same keys
    kept = (one.returns, one.skips, one.interventions, one.late, one.found, one.missing)
    return [str(count) if count else "" for count in (*counts, *kept, one.late_records, one.after_fact, one.broken)]


def _legend() -> str:
    signs = [f"{SIGNS[key]} {gettext(word)}" for key, (word, _) in STANDINGS.items()]
    return "　".join([*signs, f"* {gettext('有偏离')}"])


def _matrix(projects: Sequence[Conformity], numbers: Sequence[str]) -> Grid:
    rows = []
    for one in projects:
        found = (one.clause(number) for number in numbers)
        rows.append((f"{one.business_key or ''} {called(one.title)}", *(_cell(row) for row in found)))
    return Grid((gettext("项目"), *numbers), rows, (6.0, *(1.15,) * len(numbers)))


def _cell(row: ClauseRow | None) -> str:
    return f"{SIGNS[row.standing]}{'*' if row.deviates else ''}" if row else ""


def _deviations(projects: Iterable[Conformity], names: Names) -> Grid:
    """A row for each thing that an auditor would ask about."""
    rows: list[tuple[str, ...]] = []
    for one in projects:
        title = f"{one.business_key or ''} {called(one.title)}"
        rows += [(title, "—", gettext("干预"), _said(told, names)) for told in one.interventions]
        for row in one.clauses:
            rows += [(title, row.clause, kind, text) for kind, text in _found(row, names)]
    heads = (gettext("项目"), gettext("条款"), gettext("情况"), gettext("说明"))
    return Grid(heads, rows, (6.0, 1.4, 2.4, 16.0))


def _found(row: ClauseRow, names: Names) -> Iterator[tuple[str, str]]:
    for kind, every in (
        (gettext("退回"), row.returns),
        (gettext("跳过"), row.skips),
        (gettext("干预"), row.interventions),
    ):
        yield from ((kind, _said(one, names)) for one in every)
    for step in row.steps:
        if step.late:
            yield gettext("步骤逾期"), f"“{of_form(step.name)}” {gettext('逾期 %(n)s 次', n=step.late)}"
    for record in row.records:
        title = f"{record.number} {of_form(record.title)}".strip()
        late, after = _flaws(record)
        if record.standing == "missing":
            yield gettext("记录缺"), title
        if late:
            yield gettext("记录迟"), f"{title} {late}"
        if after:
            yield gettext("事后补"), f"{title} {after}"
        if record.four_eyes == "broken":
            yield gettext("有同一人"), f"{title} {_signed(record.signed, names)}"


def _records(projects: Iterable[Conformity], names: Names) -> Grid:
    """Each record that a clause demands, with its last version and its people."""
    rows = [
        (f"{one.business_key or ''} {called(one.title)}", row.clause, f"{cells[0]} {cells[1]}".strip(), *cells[2:])
        for one in projects
        for row in one.clauses
        for record in row.records
        if record.standing not in UNSAID
        for cells in [_of_record(record, names)]
    ]
    heads = (
        gettext("项目"), gettext("条款"), gettext("记录"), gettext("情况"), gettext("文档编号"), gettext("版本"),
        gettext("生成时间"), gettext("迟"), gettext("事后补"), gettext("编制"), gettext("审核"), gettext("批准"),
        gettext("是否不同人"),
    )  # fmt: skip
    return Grid(heads, rows, (3.6, 1.2, 3.8, 1.1, 3.2, 1.0, 2.3, 1.3, 1.8, 1.7, 2.4, 1.7, 1.5))
