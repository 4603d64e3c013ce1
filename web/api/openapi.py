"""The API's description: OpenAPI 3.1, made once from the table below."""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]
Asked = str | tuple[str, Shape]
"""A query parameter: its name, with its schema where that is not the one of its name."""

TEXT: Shape = {"type": "string"}
MAYBE: Shape = {"type": ["string", "null"]}
WHOLE: Shape = {"type": "integer"}
ANY: Shape = {"type": "object"}


def _object(required: tuple[str, ...] = (), **properties: Shape) -> Shape:
    return {"type": "object", "properties": properties, "required": list(required)}


def _list(of: Shape) -> Shape:
    return {"type": "array", "items": of}


def _ref(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


TEXTS = _list(TEXT)
TASK = {
    "id": TEXT, "name": TEXT, "element": TEXT, "instance": TEXT, "business_key": MAYBE, "roles": TEXTS,
    "on_behalf_roles": TEXTS, "assignee": MAYBE, "due_at": MAYBE, "created_at": TEXT,
}  # fmt: skip
PROPOSAL = {
    "id": TEXT, "key": TEXT, "base_version": {"type": ["integer", "null"]}, "title": TEXT, "state": TEXT,
    "created_by": TEXT, "created_at": TEXT, "changed_at": TEXT, "reason": MAYBE, "changes": MAYBE,
    "effective_on": MAYBE, "instance": MAYBE,
}  # fmt: skip
PROPOSAL_FILE = {
    "name": TEXT, "sha256": MAYBE, "version": WHOLE, "changed_by": TEXT, "changed_by_name": TEXT, "changed_at": TEXT,
    "standing": {"enum": ["same", "changed", "new", "removed"]},
}  # fmt: skip
SAMPLE = {
    "id": TEXT, "definition": TEXT, "seed": TEXT, "size": WHOLE, "population": WHOLE, "digest": TEXT,
    "drawn_by": TEXT, "drawn_at": TEXT, "from": MAYBE, "before": TEXT, "instances": TEXTS,
}  # fmt: skip
NUMBER: Shape = {"type": "number"}
SECONDS: Shape = {"type": ["number", "null"]}
LAPSE = {
    "reached": WHOLE, "finished": WHOLE, "cancelled": WHOLE, "waiting": WHOLE, "median": SECONDS, "p90": SECONDS,
}  # fmt: skip
SPOTS = _list(_object(("element", "sheet"), element=TEXT, sheet=TEXT))
TOKENS = _list(_object(("token", "element", "sheet"), token=WHOLE, element=TEXT, sheet=TEXT, turn={"type": "boolean"}))
MOMENT = {
    "seq": WHOLE, "at": TEXT, "kind": TEXT, "actor": TEXT, "on_behalf_of": MAYBE, "element": MAYBE, "version": WHOLE,
    "event": MAYBE, "sheet": TEXT, "entered": TOKENS, "left": _list(WHOLE), "passed": SPOTS,
    "flows": _list(_list(_object(("flow", "sheet"), flow=TEXT, sheet=TEXT))), "failed": SPOTS,
    "mended": SPOTS,
}  # fmt: skip
CHANGE = _object(
    ("name", "scope", "old", "new", "hidden"), name=TEXT, scope=TEXT, index={"type": ["integer", "null"]}, old={},
    new={}, hidden={"type": "boolean"},
)  # fmt: skip
SCHEMAS: dict[str, Shape] = {
    "Problem": _object(
        ("status", "title", "detail", "errors"), type=TEXT, status=WHOLE, title=TEXT, detail=TEXT,
        errors=_list(_object(("field", "message"), field=TEXT, message=TEXT)), obstacles=_list(_ref("Obstacle")),
    ),
    "Definition": _object(
        ("id", "key", "version", "name"), id=TEXT, key=TEXT, version=WHOLE, name=TEXT,
        findings=_list(_ref("Finding")),
        start_timers=_list(_object(element=TEXT, name=TEXT, due_at=TEXT, failed={"type": "boolean"})),
    ),
    "Difference": _object(
        ("kind", "of", "file", "in", "element", "type", "what", "before", "after", "sentence"),
        kind={"enum": ["added", "removed", "changed", "moved"]}, file=TEXT, type=TEXT, name=TEXT, what=MAYBE,
        of={"enum": ["diagram", "decision", "form", "template", "procedure"]}, element=MAYBE, detail=MAYBE,
        before=MAYBE, after=MAYBE, sentence=TEXT, **{"in": TEXT},
    ),
    "Comparison": _object(
        ("from", "to", "items", "next"), to=_ref("Definition"), items=_list(_ref("Difference")), next=MAYBE,
        **{"from": _ref("Definition")},
    ),
    "Heat": _object(
        ("element", *LAPSE, "turns", "instances"), element=TEXT, name=TEXT, type=TEXT, process=TEXT, clause=MAYBE,
        turns={"type": ["object", "null"], "properties": LAPSE}, instances=WHOLE, **LAPSE,
    ),
    "Taken": _object(
        ("flow", "name", "process", "source", "target", "taken", "instances"), flow=TEXT, name=TEXT, process=TEXT,
        source=TEXT, target=TEXT, taken=WHOLE, instances=WHOLE,
    ),
    "Behind": _object(
        ("id", "title", "status", "reached", "finished", "waiting", "longest"), id=TEXT, title=TEXT, status=TEXT,
        reached=WHOLE, finished=WHOLE, waiting=WHOLE, longest=NUMBER,
    ),
    "Finding": _object(
        severity=TEXT, rule=TEXT, file=TEXT, element=MAYBE, line={"type": ["integer", "null"]}, message=TEXT,
    ),
    "Deployment": _object(id=TEXT, definitions=_list(_ref("Definition")), findings=_list(_ref("Finding"))),
    "Simulation": _object(
        process=TEXT, name=TEXT, runs=WHOLE, ends=ANY, unended=WHOLE, reached=ANY, never=TEXTS, flows_never=TEXTS,
        waits=ANY, failures=_list(_object(element=MAYBE, reason=TEXT, runs=WHOLE, answers=ANY)),
    ),
    "Outcome": _object(findings=_list(_ref("Finding")), simulations=_list(_ref("Simulation"))),
    "Instance": _object(
        ("id", "definition", "status"), id=TEXT, definition=ANY, business_key=MAYBE, title=MAYBE, end=MAYBE,
        status={"enum": ["active", "suspended", "failed", "completed", "terminated"]}, variables=ANY,
        tokens=_list(_object(element=TEXT, name=MAYBE, since=MAYBE, task=MAYBE)), parent=MAYBE, children=TEXTS,
    ),
    "Rehearsal": _object(
        ("instance", "version", "can", "before", "after", "obstacles"), instance=TEXT, business_key=MAYBE, title=TEXT,
        version=WHOLE, can={"type": "boolean"}, before=_list(_ref("Place")), after=_list(_ref("Place")),
        obstacles=_list(_ref("Obstacle")),
    ),
    "Place": _object(("token", "element", "name", "path"), token=WHOLE, element=TEXT, name=TEXT, path=TEXT),
    "Obstacle": _object(("element", "name", "reason"), element=TEXT, name=TEXT, reason=TEXT),
    "Task": _object(tuple(TASK), **TASK),
    "WholeTask": _object(tuple(TASK), **TASK, form={"type": ["object", "null"]}, data=ANY),
    "Verification": _object(
        ("id", "at", "by", "state", "done", "of"), id=TEXT, at=TEXT, by=TEXT, instance=MAYBE, anchor=MAYBE,
        state={"enum": ["waiting", "running", "done", "lost"]}, done=WHOLE, of=WHOLE, ended_at=MAYBE,
        ok={"type": ["boolean", "null"]}, report={"type": ["object", "null"]},
    ),
    "Entry": _object(
        ("seq", "at", "kind", "hash"), seq=WHOLE, at=TEXT, actor=MAYBE, on_behalf_of=MAYBE, kind=TEXT, element=MAYBE,
        data={}, effects=_list(ANY), hash=TEXT,
    ),
    "Moment": _object(tuple(MOMENT), **MOMENT),
    "WholeMoment": _object(
        (*MOMENT, "tokens", "changes"), **MOMENT, element_name=TEXT, clause=MAYBE, channel=TEXT, address=MAYBE,
        roles=TEXTS, form=MAYBE, data={}, erased={"type": ["object", "null"]}, tokens=TOKENS, changes=_list(CHANGE),
        attachments=_list(_ref("Attachment")), documents=_list(_ref("Document")), linked=TEXTS, parent=MAYBE,
    ),
    "Document": _object(
        ("id", "number", "sha256"), id=TEXT, number=TEXT, title=TEXT, version=TEXT, sha256=TEXT, created_at=TEXT,
    ),
    "Incident": _object(
        ("id", "instance", "reason", "opened_at"), id=TEXT, instance=TEXT, title=MAYBE, seq=WHOLE, element=MAYBE,
        reason=TEXT, job={"type": "boolean"}, opened_at=TEXT, resolved_at=MAYBE, resolved_by=MAYBE,
    ),
    "AuditRow": _object(
        ("at", "actor", "channel", "action", "data", "source", "seq", "hash"), at=TEXT, actor=TEXT, channel=TEXT,
        address=MAYBE, action=TEXT, subject=MAYBE, instance=MAYBE, data=ANY, source={"enum": ["audit", "journal"]},
        seq=WHOLE, hash=TEXT,
    ),
    "AuditPage": _object(
        ("items", "next", "looked_back_to"), items=_list(_ref("AuditRow")), next=MAYBE, looked_back_to=MAYBE
    ),
    "Clause": _object(("clause", "steps"), clause=TEXT, steps=_list(ANY)),
    "ClauseRow": _object(
        ("clause", "standing", "steps", "returns", "skips", "interventions", "records", "linked"), clause=TEXT,
        standing={"enum": ["running", "skipped", "done", "cut", "ahead", "ended", "not_applicable"]}, reason=MAYBE,
        late=WHOLE, steps=_list(ANY), returns=_list(ANY), skips=_list(ANY), interventions=_list(ANY),
        records=_list(ANY), linked=_list(ANY),
    ),
    "Conformity": _object(
        ("id", "title", "status", "definition", "clauses", "interventions"), id=TEXT, title=TEXT, business_key=MAYBE,
        status=TEXT, definition=ANY, created_at=TEXT, ended_at=MAYBE, clauses=_list(_ref("ClauseRow")),
        interventions=_list(ANY),
    ),
    "Sample": _object(tuple(SAMPLE), **SAMPLE),
    "WholeSample": _object((*SAMPLE, "items", "next"), **SAMPLE, items=_list(_ref("Conformity")), next=MAYBE),
    "ProposalFile": _object(tuple(PROPOSAL_FILE), **PROPOSAL_FILE),
    "Proposal": _object(tuple(PROPOSAL), **PROPOSAL),
    "WholeProposal": _object(
        (*PROPOSAL, "files", "removed"), **PROPOSAL, files=_list(_ref("ProposalFile")), removed=TEXTS
    ),
    "Attachment": _object(("id", "name"), id=TEXT, name=TEXT, size=WHOLE, sha256=TEXT, media_type=TEXT),
}  # fmt: skip
VERIFY = _object(anchor=TEXT)
REASON = _object(("reason",), reason=TEXT)
MAPPING: Shape = {"type": "object", "additionalProperties": TEXT}
REHEARSE = _object(version=WHOLE, mapping=MAPPING)
HEAT = _object(("items", "flows", "next"), items=_list(_ref("Heat")), flows=_list(_ref("Taken")), next=MAYBE)
REHEARSED = _object(("items", "next"), items=_list(_ref("Rehearsal")), next=MAYBE)
MIGRATE = _object(("reason",), definition=TEXT, version=WHOLE, mapping=MAPPING, reason=TEXT)
MOVES = _list(
    _object(("token", "element", "how", "to"), token=WHOLE, element=TEXT, how={"enum": ["before", "after"]}, to=TEXT)
)
MODIFY = _object(("moves", "reason"), moves=MOVES, reason=TEXT)
PREVIEW = _object(moves=MOVES)
START = _object(("definition",), definition=TEXT, business_key=MAYBE, variables=ANY, parent=MAYBE)
COMPLETE = _object(data=ANY, on_behalf_of=MAYBE, evidence=TEXTS)
MESSAGE = _object(("name",), name=TEXT, business_key=MAYBE, payload=ANY)
SETTLE = _object(("reason",), result=ANY, reason=TEXT)
FILE = {"type": "string", "format": "binary"}
UPLOAD = _object(("file",), file=FILE)
FILES = _object(("files",), files=_list(FILE))
DRAFT = _object(("files",), files=_list(FILE), answers=TEXT, runs=WHOLE, seed=WHOLE, definition=TEXT)
BEGIN = _object(("key", "title"), key=TEXT, title=TEXT, empty={"type": "boolean"}, version=WHOLE)
SUBMIT = _object(("reason", "changes", "effective_on"), reason=TEXT, changes=TEXT, effective_on=TEXT)
DRAW = _object(("definition",), definition=TEXT, size=WHOLE, seed=TEXT, to=TEXT, **{"from": TEXT})
WALK = _object(answers=ANY, runs=WHOLE, seed=WHOLE, definition=TEXT)
FOUND = _object(("findings",), findings=_list(_ref("Finding")))
BYTES = "application/octet-stream"
PAGED = ("cursor", "limit")
DAY: Shape = {"type": "string", "format": "date"}
SPAN: tuple[Asked, ...] = ("version", ("from", DAY), ("to", DAY))
LOGGED: tuple[Asked, ...] = ("definition", ("from", DAY), ("to", DAY))
AUDIT: tuple[Asked, ...] = ("person", "action", "subject", "q", ("from", DAY), ("to", DAY), *PAGED)
VERSIONS: tuple[Asked, ...] = (("from", WHOLE), ("to", WHOLE))

# method, path, summary, query parameters, body, media type of the body, status, answer
CALLS: tuple[tuple[str, str, str, tuple[Asked, ...], Shape | None, str, int, Shape], ...] = (
    ("post", "/deployments", "Deploy", (), FILES, "multipart/form-data", 201, _ref("Deployment")),
    ("post", "/simulations", "Simulate a draft", (), DRAFT, "multipart/form-data", 200, _ref("Outcome")),
    ("get", "/process-definitions", "List definitions", (), None, "", 200, _ref("Definition")),
    ("get", "/process-definitions/{key}", "One definition", ("version",), None, "", 200, _ref("Definition")),
    ("get", "/process-definitions/{key}/procedure.docx", "The procedure as Word", ("version",), None, "", 200, {}),
    ("get", "/process-definitions/{key}/xml", "Its diagram", ("version", "process"), None, "", 200, {}),
    ("get", "/process-definitions/{key}/drawn.bpmn", "As it was drawn", ("version", "process"), None, "", 200, {}),
    ("get", "/process-definitions/{key}/net.pnml", "The diagrams as one Petri net", ("version",), None, "", 200, {}),
    ("get", "/process-definitions/{key}/compare", "Compare two versions", VERSIONS, None, "", 200, _ref("Comparison")),
    ("get", "/process-definitions/{key}/heat", "How often, how long", SPAN, None, "", 200, HEAT),
    (
        "get",
        "/process-definitions/{key}/heat/{element}",
        "Instances behind a figure",
        (*SPAN, *PAGED),
        None,
        "",
        200,
        _ref("Behind"),
    ),
    (
        "post",
        "/process-definitions/{key}/rehearsals",
        "Try each running instance on another version",
        PAGED,
        REHEARSE,
        "application/json",
        200,
        REHEARSED,
    ),
    (
        "get",
        "/process-instances",
        "List instances",
        ("q", "definition", "status", "parent", *PAGED),
        None,
        "",
        200,
        _ref("Instance"),
    ),
    ("get", "/process-instances.xes", "Event log, XES 2.0", LOGGED, None, "", 200, {}),
    ("get", "/process-instances.ocel.json", "Event log, OCEL 2.0", LOGGED, None, "", 200, ANY),
    ("post", "/process-instances", "Start", (), START, "application/json", 201, _ref("Instance")),
    ("get", "/process-instances/{id}", "One instance", (), None, "", 200, _ref("Instance")),
    ("post", "/process-instances/{id}/suspend", "Suspend", (), REASON, "application/json", 200, _ref("Instance")),
    ("post", "/process-instances/{id}/resume", "Resume", (), REASON, "application/json", 200, _ref("Instance")),
    ("post", "/process-instances/{id}/cancel", "Cancel", (), REASON, "application/json", 200, _ref("Instance")),
    ("post", "/process-instances/{id}/migrate", "Migrate", (), MIGRATE, "application/json", 200, _ref("Instance")),
    ("post", "/process-instances/{id}/modify", "Move tokens", (), MODIFY, "application/json", 200, _ref("Instance")),
    (
        "post",
        "/process-instances/{id}/modify/preview",
        "Try moves of tokens",
        (),
        PREVIEW,
        "application/json",
        200,
        _ref("Rehearsal"),
    ),
    ("get", "/process-instances/{id}/journal", "Journal", PAGED, None, "", 200, _ref("Entry")),
    ("get", "/process-instances/{id}/replay", "Replay", PAGED, None, "", 200, _ref("Moment")),
    ("get", "/process-instances/{id}/replay/{entry}", "One moment of it", (), None, "", 200, _ref("WholeMoment")),
    ("get", "/process-instances/{id}/evidence.zip", "Evidence pack, checked offline", (), None, "", 200, {}),
    (
        *("post", "/process-instances/{id}/verify", "Verify: chain, seals, anchors, re-execution", ()),
        *(VERIFY, "application/json", 202, _ref("Verification")),
    ),
    ("post", "/verifications", "Verify everything", (), VERIFY, "application/json", 202, _ref("Verification")),
    ("get", "/verifications/{id}", "How far it is, what it found", (), None, "", 200, _ref("Verification")),
    ("get", "/process-instances/{id}/documents", "Records", (), None, "", 200, _ref("Document")),
    ("get", "/documents/{id}", "One record", (), None, "", 200, _ref("Document")),
    ("get", "/documents/{id}/content", "Its Word file", (), None, "", 200, {}),
    (
        "get",
        "/tasks",
        "List tasks",
        ("state", "instance", "candidate", "assignee", *PAGED),
        None,
        "",
        200,
        _ref("Task"),
    ),
    ("get", "/tasks/{id}", "One task", (), None, "", 200, _ref("WholeTask")),
    ("post", "/tasks/{id}/claim", "Claim", (), ANY, "application/json", 200, ANY),
    ("post", "/tasks/{id}/unclaim", "Unclaim", (), ANY, "application/json", 200, ANY),
    ("post", "/tasks/{id}/complete", "Complete", (), COMPLETE, "application/json", 200, ANY),
    ("post", "/tasks/{id}/attachments", "Attach a file", (), UPLOAD, "multipart/form-data", 201, _ref("Attachment")),
    ("get", "/attachments/{id}", "One attachment", (), None, "", 200, _ref("Attachment")),
    ("get", "/attachments/{id}/content", "Its file", (), None, "", 200, {}),
    ("post", "/messages", "Correlate a message", (), MESSAGE, "application/json", 200, ANY),
    ("get", "/incidents", "List what failed", ("state", *PAGED), None, "", 200, _ref("Incident")),
    ("post", "/incidents/{id}/retry", "Try again", (), REASON, "application/json", 200, ANY),
    ("get", "/audit-log", "Who did what", AUDIT, None, "", 200, _ref("AuditPage")),
    ("get", "/process-definitions/{key}/clauses", "Clauses and their steps", (), None, "", 200, _ref("Clause")),
    ("get", "/process-instances/{id}/conformity", "Clause by clause", (), None, "", 200, _ref("Conformity")),
    ("get", "/conformity-samples", "Random samples", ("definition", *PAGED), None, "", 200, _ref("Sample")),
    ("post", "/conformity-samples", "Draw a sample", (), DRAW, "application/json", 201, _ref("Sample")),
    ("get", "/conformity-samples/{id}", "One, with its instances", PAGED, None, "", 200, _ref("WholeSample")),
    ("get", "/conformity-samples/{id}/report.csv", "Report as CSV", (), None, "", 200, {}),
    ("get", "/conformity-samples/{id}/report.docx", "Report as Word", (), None, "", 200, {}),
    ("get", "/proposals", "List proposals", ("state", "key", *PAGED), None, "", 200, _ref("Proposal")),
    ("post", "/proposals", "Begin one", (), BEGIN, "application/json", 201, _ref("WholeProposal")),
    ("get", "/proposals/{id}", "One proposal", (), None, "", 200, _ref("WholeProposal")),
    ("post", "/proposals/{id}/withdraw", "Give it up", (), ANY, "application/json", 200, _ref("WholeProposal")),
    ("post", "/proposals/{id}/submit", "Hand it in", (), SUBMIT, "application/json", 200, _ref("WholeProposal")),
    ("get", "/proposals/{id}/findings", "Check it", (), None, "", 200, FOUND),
    ("post", "/proposals/{id}/simulate", "Simulate it", (), WALK, "application/json", 200, _ref("Outcome")),
    ("get", "/proposals/{id}/files/{name}", "A file", (), None, "", 200, {}),
    ("put", "/proposals/{id}/files/{name}", "Write a file", (), FILE, BYTES, 200, _ref("ProposalFile")),
    ("delete", "/proposals/{id}/files/{name}", "Remove a file", (), None, "", 204, {}),
    ("post", "/incidents/{id}/settle", "Give a failed job a result", (), SETTLE, "application/json", 200, ANY),
)
LISTS = {
    "/process-definitions",
    "/process-definitions/{key}/clauses",
    "/conformity-samples",
    "/process-definitions/{key}/heat/{element}",
    "/process-instances",
    "/process-instances/{id}/journal",
    "/process-instances/{id}/replay",
    "/process-instances/{id}/documents",
    "/tasks",
    "/incidents",
    "/proposals",
}
REFUSALS = {400: "Not JSON", 401: "No token", 403: "Not yours", 404: "Unknown", 409: "No longer so", 413: "Too large",
            412: "Another version is there", 415: "Media type", 422: "Content, per field",
            428: "If-Match is missing"}  # fmt: skip


def _parameters(path: str, query: tuple[Asked, ...], method: str) -> list[Shape]:
    made: list[Shape] = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": TEXT}
        for part in path.split("/")
        if part.startswith("{")
    ]
    for asked in query:
        name, schema = asked if isinstance(asked, tuple) else (asked, WHOLE if asked == "version" else TEXT)
        if name == "limit":
            schema = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
        made.append({"name": name, "in": "query", "required": False, "schema": schema})
    if method == "post":
        made.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "maxLength": 200},
            }
        )
    if method in ("put", "delete"):
        made.append({"name": "If-Match", "in": "header", "required": False, "schema": TEXT})
    return made


def _answer(path: str, schema: Shape) -> Shape:
    if path in LISTS:
        schema = _object(("items", "next"), items=_list(schema), next=MAYBE)
    kind = "application/json" if schema else "application/octet-stream"
    if path.endswith(("/xml", ".bpmn", ".xes", ".pnml")):
        kind = "application/xml"
    return {"description": "OK", "content": {kind: {"schema": schema}}}


def _described() -> Shape:
    paths: dict[str, Shape] = {}
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    refusals = {str(status): {"description": text, "content": problem} for status, text in REFUSALS.items()}
    for method, path, summary, query, body, kind, status, answer in CALLS:
        operation: Shape = {
            "summary": summary,
            "operationId": f"{method}{path}".replace("/", "_").replace("{", "").replace("}", "").replace("-", "_"),
            "parameters": _parameters(path, query, method),
            "responses": {str(status): _answer(path, answer), **refusals},
        }
        if method == "put":
            operation["responses"]["201"] = operation["responses"]["200"]
        if status == 204:
            operation["responses"]["204"] = {"description": "OK"}
        if method == "post" and path in LISTS:
            operation["responses"][str(status)] = {
                "description": "OK",
                "content": {"application/json": {"schema": answer}},
            }
        if body is not None:
            operation["requestBody"] = {"required": body is not ANY, "content": {kind: {"schema": body}}}
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Guicheng", "version": "1", "description": "Control procedures as executable BPMN."},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


DESCRIPTION = _described()
