"""Topic `record`: make a record of the instance as a Word file, numbered, versioned, never overwritten.

Inputs: form (the record's number or key), approved (true: version 1.0 or above), void (true: marked 作废),
change_reason, change_summary, document_number; series and since, where an instance makes several of one kind (a
report a year): versions and number are counted within the series, and nobody signs what was done up to the entry
since. Answers the document's id, number and version under the record's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import bpmn.roles
from bpmn.errors import NotFound
from bpmn.sentence import of, say
from engine.contract import DocumentView, Input, Job, PermanentFailure, Services, described, results
from forms.word import dates, fields, numbers, package, template
from forms.word.charts import CHARTS, marker, pictures
from forms.word.content import Content, Deed, Front, Picture, Revision
from forms.word.deployed import COMMON
from forms.word.errors import FileRefused, TemplateFault, UnknownRecord
from forms.word.fields import Field
from forms.word.record import Record, record
from forms.word.render import render
from forms.word.show import EMPTY, Names, body, clean, one
from tasks.annual_figures import COUNTED, recounted
from tasks.checklist import checklist, series_of
from tasks.distribution import distributed
from tasks.shown import shown
from tasks.truth import truth

PENDING = "待定"
POSTS = {role.key: role.title for role in bpmn.roles.ROLES}
ROLES = {"prepared": "编制", "checked": "审核", "approved": "批准"}


@described(
    "生成记录",
    Input("form", "记录", "record", required=True),
    Input("approved", "批准版（1.0 起）", "truth"),
    Input("void", "作废", "truth"),
    Input("change_reason", "更改原因"),
    Input("change_summary", "更改内容"),
    Input("document_number", "文档编号"),
    Input("series", "系列（如服务年度）"),
    Input("since", "自哪一条流转记录起签署"),
)
@results("document_*", "version_*", "sha256_*", "closing_checklist", "distribution", *COUNTED)
def make_record(job: Job, services: Services) -> dict[str, Any]:
    """Make the record that the inputs name. Raises PermanentFailure where only another template or diagram helps."""
    try:
        kind = record(str(job.inputs.get("form") or ""))
    except UnknownRecord as error:
        raise PermanentFailure(of(error)) from error
    series = str(job.inputs.get("series") or "")
    earlier = [d for d in services.documents(kind.listed) if series_of(d) == series]
    void = truth(job.inputs.get("void"))
    approved = truth(job.inputs["approved"]) if "approved" in job.inputs else kind.final
    version = numbers.following(earlier[-1].version if earlier else None, approved=approved, first=kind.first_version)
    # A record that is final when it is written has no draft that an approval could follow.
    approval = approved and bool(earlier) and not kind.final
    number = document_number(kind, job, services, earlier)
    asked = _asked(kind, services)
    rows = {**distributed(kind, job, services), **recounted(kind.key, job.variables, services)}
    values = {
        **job.variables,
        **rows,
        "version": version,
        "document_number": number,
        "company_name": services.company_name,
    }
    deeds = _deeds(kind, services, int(job.inputs.get("since") or 0))
    front = _front(kind, job, services, values, asked, deeds, void)
    told = shown(kind, asked, values, approved, services)
    revisions = (*_told(earlier), _revision(job, front, bool(earlier), approval, void))
    texts = {**_common(front, values), **body(asked, told, _names(services, values, asked))}
    drawn = _drawn(kind, services, values)
    texts |= {name: marker(name) if name in drawn else "" for name in CHARTS}
    content = Content(front, texts, revisions, deeds, pictures=drawn)
    document, own = _written(kind, job, services, content)
    meta = {
        "revisions": [_plain(row) for row in revisions],
        "level": front.level,
        "void": void,
        **({"series": series, "period": [values.get("period_start"), values.get("period_end")]} if series else {}),
        "customer_format": own,
        "values": {f.key: values[f.key] for f in asked if f.key in values} if own else {},
    }
    title = front.title + ("（作废）" if void else "")
    name = f"{kind.number or kind.title}_{number}_V{version}.docx"
    made = services.add_document(kind.listed, title, version, document, number, meta, name)
    return {
        f"document_{kind.key}": made,
        f"document_number_{kind.key}": number,
        f"version_{kind.key}": version,
        f"sha256_{kind.key}": hashlib.sha256(document).hexdigest(),
        "closing_checklist": checklist(services, (kind.listed, number, version), series),
        **rows,
    }


def document_number(kind: Record, job: Job, services: Services, earlier: Sequence[DocumentView]) -> str:
    """The record's number: given by hand, else kept from its last version, else WBS and the next free one.

    The field is the same in every form, so a number that another record of the project has is that record's.
    """
    own = job.variables.get("document_number") if job.variables.get("own_document_number", True) else None
    given = str(job.inputs.get("document_number") or own or "").strip()
    every = services.documents()
    # Another year's report of the same project has the number for itself too.
    others = {d.document_number for d in every if d.number == kind.listed} - {d.document_number for d in earlier}
    free = given not in others and services.number_free(given, kind.listed)
    if given and numbers.NUMBER.fullmatch(given) and free:
        return given
    if earlier and earlier[-1].document_number:
        return earlier[-1].document_number
    project = str(job.variables.get("project_number") or "")
    if not project:
        # Before the ERP has given a number: the year and a running number, one for all records of the project.
        kept = next((m for d in every if d.document_number and (m := numbers.YEARLY.match(d.document_number))), None)
        project = kept[1] if kept else _yearly(services)
    reserved = services.reserve_number(numbers.prefix(project, kind.type))
    while not services.number_free(reserved, kind.listed):  # somebody gave it to another record by hand
        reserved = reserved[:-2] + f"{int(reserved[-2:]) + 1:02}"
    return reserved


def _yearly(services: Services) -> str:
    year = f"{dates.beijing(services.at).year % 100:02}"
    return services.reserve_number(f"WBS{year}/", width=3).removeprefix("WBS").replace("/", "")


def _asked(kind: Record, services: Services) -> tuple[Field, ...]:
    """The fields of the record, and what else its template asks for.

    A running instance keeps the template with which it was started, while record.json is this release's: a template
    may well ask for a field of a form that the record no longer collects.
    """
    collected = fields.of_record(kind, _pinned(kind, services))
    known = {field.key for field in collected} | set(COMMON) | set(CHARTS)
    try:
        older = template.names(_template(kind, services))[0] - known
    except TemplateFault as error:
        raise PermanentFailure(of(error)) from error
    return *collected, *(fields.everywhere().get(name, Field(name, "textfield", name)) for name in sorted(older))


def _drawn(kind: Record, services: Services, values: Mapping[str, Any]) -> dict[str, Picture]:
    """The charts that the record's template asks for, of the figures that there are."""
    wanted = sorted(template.names(_template(kind, services))[0] & set(CHARTS))
    return pictures(values, wanted)


def _pinned(kind: Record, services: Services) -> dict[str, bytes]:
    """The deployed forms of the instance's definition set, where it pins any."""
    found = {key: services.template(f"{key}.form") for key in kind.forms}
    return {key: path.read_bytes() for key, path in found.items() if path is not None}


def _template(kind: Record, services: Services) -> bytes:
    """The template that the definition set pins, else the house's."""
    path = services.template(f"{kind.key}.docx")
    return path.read_bytes() if path is not None else kind.template()


def _deeds(kind: Record, services: Services, since: int) -> tuple[Deed, ...]:
    """Who did what to this record after an entry: only the elements that record.json lists, in the order of time."""
    actions = {element: action for action, elements in kind.deeds.items() for element in elements}
    return tuple(
        Deed(
            action=actions[d.element],
            stage=clean(d.element_name),
            name=clean(d.name),
            post=clean(POSTS.get(d.post, d.post)) or EMPTY,
            at=dates.minute(d.at),
            on_behalf_of=clean(POSTS.get(d.on_behalf_of or "", d.on_behalf_of or "")) or EMPTY,
        )
        for d in services.who_did()
        if d.element in actions and (d.seq > since or not since)
    )


def _signed(deeds: Sequence[Deed], values: Mapping[str, Any], role: str) -> tuple[str, str]:
    """Name and day of 编制, 审核 or 批准: who did it last in the procedure, else what a form says."""
    written = max((n for n, d in enumerate(deeds) if d.action == ROLES["prepared"]), default=-1)
    # What was checked or approved before the last rewriting was another text.
    found = [d for n, d in enumerate(deeds) if d.action == ROLES[role] and n >= written]
    if found:
        return found[-1].name, found[-1].at[:10]
    return clean(str(values.get(f"{role}_by") or "")), dates.written(str(values.get(f"{role}_on") or ""))


def _front(
    kind: Record,
    job: Job,
    services: Services,
    values: Mapping[str, Any],
    asked: Sequence[Field],
    deeds: Sequence[Deed],
    void: bool,
) -> Front:
    today = dates.beijing(services.at)
    year = str(values.get("report_year") or today.year)
    dated = dates.full(today) if kind.cover and kind.cover.dated == "day" else dates.month(today)
    signed = {role: _signed(deeds, values, role) for role in ROLES}
    return Front(
        number=kind.number,
        title=kind.title,
        company=services.company_name,
        customer_name=clean(str(values.get("customer_name") or EMPTY)),
        project_name=clean(str(values.get("project_name") or EMPTY)),
        project_number=clean(str(values.get("project_number") or PENDING)),
        document_number=str(values["document_number"]),
        engineering_number=clean(str(values.get("engineering_number") or "无")),
        version=str(values["version"]),
        level=_level(values, asked),
        dated=dated,
        title_lines=tuple(text.replace("{year}", year) for text in kind.cover.lines) if kind.cover else (),
        block=kind.cover.block if kind.cover else "",
        prepared_by=signed["prepared"][0],
        prepared_on=signed["prepared"][1] or dates.dotted(today),
        checked_by=signed["checked"][0],
        checked_on=signed["checked"][1],
        approved_by=signed["approved"][0],
        approved_on=signed["approved"][1],
        void=void,
    )


def _level(values: Mapping[str, Any], asked: Sequence[Field]) -> str:
    """The level by its label; 一般 where nobody chose one."""
    field = next((f for f in asked if f.key == "security_level"), fields.known().get("security_level"))
    value = str(values.get("security_level") or "")
    shown = dict(field.choices).get(value, value) if field else value
    return shown or "一般"


def _names(services: Services, values: Mapping[str, Any], asked: Sequence[Field]) -> Names:
    """Display names of the people and file names of the attachments that the values mention."""

    def person(user: str) -> str:
        return services.names([user]).get(user, user)

    def file(attachment: str) -> str:
        try:
            return services.attachment(attachment)[0].name
        except NotFound:
            return attachment

    return Names(person, file)


def _common(front: Front, values: Mapping[str, Any]) -> dict[str, str]:
    """What every template may use besides its forms' fields: clause 7's common data."""
    facts = {name: getattr(front, name) or EMPTY for name in COMMON if hasattr(front, name)}
    contract = fields.known().get("contract_number") or Field("contract_number", "textfield", "合同号")
    plain = Names(lambda user: user, lambda file: file)
    return {
        **facts,
        "company_name": front.company,
        "form_number": front.number or EMPTY,
        "security_level": front.level,
        "contract_number": one(contract, values.get("contract_number"), plain),
    }


def _told(earlier: Sequence[DocumentView]) -> tuple[Revision, ...]:
    """The revision rows of the last version, which has those of all versions before it."""
    return tuple(Revision(**row) for row in earlier[-1].meta.get("revisions", ())) if earlier else ()


def _revision(job: Job, front: Front, again: bool, approval: bool, void: bool) -> Revision:
    """This version's row. The reason is what was asked for, else why it was sent back."""
    # A first version takes nothing from the variables: what stands there was said of another record.
    known = {**(job.variables if again else {}), **{k: v for k, v in job.inputs.items() if v}}
    reasons = ("change_reason", "return_reason", "customer_comments")
    reason = next((str(known[name]) for name in reasons if known.get(name)), "修改" if again else "新建")
    summary = str(known.get("change_summary") or ("按更改原因修订" if again else "首次编制"))
    if approval and not job.inputs.get("change_reason"):
        reason, summary = "批准", "经批准定稿，内容同上一版"
    return Revision(
        version=front.version,
        reason=clean("作废" if void else reason),
        by=front.prepared_by or EMPTY,
        on=front.prepared_on,
        summary=clean("整份作废" if void else summary),
    )


def _plain(row: Revision) -> dict[str, str]:
    return {"version": row.version, "reason": row.reason, "by": row.by, "on": row.on, "summary": row.summary}


def _written(kind: Record, job: Job, services: Services, content: Content) -> tuple[bytes, bool]:
    """The finished file, and whether it is in the customer's own format."""
    own = job.variables.get(kind.customer_file) if kind.customer_file else None
    try:
        if own and truth(job.variables.get("customer_format")):
            return _customers(str(own[0] if isinstance(own, list) else own), services, content), True
        return render(_template(kind, services), content), False
    except (TemplateFault, FileRefused) as error:
        raise PermanentFailure(of(error)) from error


def _customers(attachment: str, services: Services, content: Content) -> bytes:
    """The customer's own document: its placeholders filled where it has ours, else as it came."""
    file, given = services.attachment(attachment)
    package.check(given)
    try:
        if not template.has_placeholders(given):
            return given
        return render(given, Content(content.front, content.body, bare=True, pictures=content.pictures))
    except TemplateFault as fault:
        # The customer's file is not ours to correct and must not hold the project up: its author is told instead.
        told = say(
            "客户格式文件“{name}”中的占位符未能填写，已按原样存档：{reason}",
            name=file.name,
            reason=fault.details["reason"],
        )
        services.notify(list(services.holders("project_manager")), str(told))
        return given
