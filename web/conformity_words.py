"""What conformity is called in pages and exports, and the rules by which it is judged, as readers are told them."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from web.page import deed

STANDINGS: Mapping[str, tuple[str, str]] = {
    "done": ("已办", "green"),
    "running": ("办理中", "blue"),
    "ahead": ("未到", "secondary"),
    "not_applicable": ("不适用", "secondary"),
    "skipped": ("有跳过", "red"),
    "cut": ("被中断", "yellow"),
    "ended": ("项目终止未办", "yellow"),
}
"""Each standing of a clause or step: word and colour."""
SIGNS: Mapping[str, str] = {
    "done": "✓", "running": "…", "ahead": "·", "not_applicable": "—", "skipped": "↷", "cut": "✕", "ended": "✕",
}  # fmt: skip
RECORDS: Mapping[str, tuple[str, str]] = {
    "found": ("有", "green"),
    "missing": ("缺", "red"),
    "running": ("办理中", "blue"),
    "ahead": ("未到", "secondary"),
    "not_applicable": ("不适用", "secondary"),
}
AFTER: Mapping[str, str] = {"due": "期限过后才生成", "stage": "下一阶段开始后才生成"}
EYES: Mapping[str, str] = {"kept": "不同人", "broken": "有同一人"}
KINDS: Mapping[str, str] = {"returned": "退回", "settled": "给出作业结果"}
RULES: tuple[str, ...] = (
    "条款和步骤取自项目所用版本的流程图：标有条款号的用户任务和服务任务。",
    "已办：有步骤完成，且没有还会走到的人工步骤；办理中：有步骤在办，或做了一部分还会继续。",
    "不适用：所走的分支没有经过这些步骤；流程图写明理由的，列出理由。未到：在办项目还可能走到。",
    "有跳过：系统管理员把环节移到了后面，有步骤因此没有做；被中断：步骤开始后被事件取消。",
    "退回记在被退回的步骤所在的条款；干预指指派、暂停、终止、移交、重试、给出作业结果、调整环节和抹除，跳过另计。",
    "步骤逾期：完成时间晚于任务期限。记录迟：记录所依据的步骤（记录登记的办理人中最后完成的一步）逾期完成。",
    "记录缺：生成记录的步骤已过或被跳过，而没有这份记录。",
    "事后补：步骤按期完成，记录却在步骤期限之后才生成；或者下一阶段开始之后才生成（由系统管理员移回重做的不算该阶段重新开始）。",
    "编制、审核（评审）、批准以最后一次编制之后的为准；三者中有两者以上时，任何一人兼任即为“有同一人”。代录的注明代表谁。",
)
"""How it is judged."""
TEXTS = (
    *(word for said in (STANDINGS, RECORDS) for word, _ in said.values()),
    *(*AFTER.values(), *EYES.values(), *KINDS.values(), *RULES),
)
"""All of these, for the catalogue."""


def told_kind(kind: str) -> str:
    """What a return or an intervention is called."""
    return str(gettext(KINDS[kind])) if kind in KINDS else deed(kind)
