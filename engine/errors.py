"""What can go wrong in the engine, in the words that people read."""

from collections.abc import Sequence

from bpmn.errors import Conflict, Forbidden, GuichengError, Invalid, NotFound
from bpmn.model import Finding
from engine.views import ProposalFile


class DeploymentRefused(Invalid):
    """部署被拒绝：文件中有错误，未保存任何内容。"""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__()


class StepRefused(Conflict):
    """这一步没有完成：{reason}。所填内容已保留，管理员处理后可以重试。"""


class StartRefused(Invalid):
    """流程无法启动：{reason}。"""


class TaskClosed(Conflict):
    """这项任务已经办结或取消，请刷新待办。"""


class TaskTaken(Conflict):
    """这项任务已由他人领取。"""


class NotYours(Forbidden):
    """这不是您的任务。"""


class NotVisible(Forbidden):
    """您没有参与这个项目，不能查看。"""


class NeedsRole(Forbidden):
    """此操作需要“{role}”岗位。"""


class SamePerson(Forbidden):
    """编制、审核、批准须由不同的人办理：您已办理“{element}”。"""


class NeedsEvidence(Invalid):
    """代录必须附上客观证据。"""


class BehalfRefused(Forbidden):
    """您不能代表“{role}”办理这项任务。"""


class NotHolder(Invalid):
    """{user} 没有“{role}”岗位，不能列入项目组。"""


class InstanceEnded(Conflict):
    """流程已经结束。"""


class InstanceSuspended(Conflict):
    """流程已挂起，恢复后才能继续。"""


class NotSuspended(Conflict):
    """流程没有挂起。"""


class ReasonMissing(Invalid):
    """必须写明原因。"""


class NobodyWaits(NotFound):
    """没有流程在等待消息“{name}”。"""


class LinkInvalid(Forbidden):
    """链接无效、已使用、已撤销或已过期。"""


class FileRefused(Invalid):
    """不能上传文件“{name}”：{reason}。"""


class FileKindRefused(FileRefused):
    """不能上传文件“{name}”：只接受 {kinds}。"""


class FileChanged(GuichengError):
    """“{name}”已由{who}于 {when} 改为第 {version} 版；您的内容没有保存，也没有覆盖它。"""

    status = 412

    def __init__(self, current: ProposalFile, when: str) -> None:
        self.current = current
        super().__init__(name=current.name, who=current.changed_by_name, when=when, version=current.version)


class FileGone(FileChanged):
    """“{name}”已由{who}于 {when} 从草案中移除；您的内容没有保存。"""


class VersionMissing(GuichengError):
    """草案中已有“{name}”（第 {version} 版）。要改它，须用 If-Match 写明改的是哪一版。"""

    status = 428


class ProposalClosed(Conflict):
    """这份草案已不在编制中，不能再改。"""


class UserExists(Conflict):
    """用户名 {name} 已存在。"""


class UserUnknown(NotFound):
    """没有用户 {name}。"""


class NameRefused(Invalid):
    """用户名只能用小写字母、数字、下划线、点和连字符，且不能是系统保留的名字。"""


class NeedsPostgres(GuichengError):
    """使用 SQLite 时作业由服务器自己运行，不需要 worker；要另起 worker，请把 GUICHENG_DATABASE_URL 设为 PostgreSQL。"""

    status = 500


class VerificationsBusy(Conflict):
    """已有许多核验在等待，请稍后再试。"""


class RootUnreadable(Invalid):
    """锚的根应为 64 个十六进制字符，空格不计；请对照打印件重新输入。"""


class Tampered(GuichengError):
    """流转记录 {instance} 第 {seq} 条被改动：{reason}。"""

    status = 500


class Stale(Exception):
    """Another step came first: drop the copy and try again. Never leaves the engine."""
