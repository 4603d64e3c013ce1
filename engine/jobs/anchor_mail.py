"""The newest anchor by mail, where an address is set: paper and a mailbox are out of reach of who has the server."""

from email.message import EmailMessage
from email.utils import formatdate

import structlog

from engine import anchors
from engine.clock import SECOND, rfc3339
from engine.contract import PermanentFailure
from engine.jobs.mail import MailNotSent, deliver
from engine.room import Room

MARK = "mailed"
SUBJECT = "【规程】第 {number} 号锚"
BODY = """锚 {number}  {at}
覆盖 {instances} 个流程，{entries} 条。

根：{root}
前一个：{previous}

请保存这封邮件。核对：./run verify --anchor "{root}"
"""
log = structlog.get_logger(__name__)


def post(room: Room) -> bool:
    """Send the newest anchor if it was not sent; it covers all before it. A failure is logged and tried the next hour.

    Answers whether one was sent."""
    settings = room.settings
    if settings.smtp_url is None or settings.anchor_mail is None:
        return False
    found = anchors.listed(settings)
    mark = anchors.folder(settings) / MARK
    sent = mark.read_text("ascii") if mark.exists() else ""
    if not found or sent == found[-1].root:
        return False
    try:
        deliver(room, _letter(room, found[-1], settings.anchor_mail))
    except (MailNotSent, PermanentFailure) as error:
        log.warning("anchor_not_mailed", number=found[-1].number, reason=str(error))
        return False
    mark.write_text(found[-1].root, "ascii")
    return True


def _letter(room: Room, anchor: anchors.Anchor, to: str) -> EmailMessage:
    told = {name: getattr(anchor, name) for name in ("number", "instances", "entries")}
    told |= {"root": anchors.written(anchor.root), "previous": anchors.written(anchor.previous)}
    letter = EmailMessage()
    letter["Subject"] = SUBJECT.format(number=anchor.number)
    letter["From"], letter["To"] = room.settings.mail_from or "", to
    letter["Date"] = formatdate(anchor.at / SECOND)
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(BODY.format(**told, at=rfc3339(anchor.at)))
    return letter
