"""What a person who runs the house may set: GUICHENG_* variables, each also as GUICHENG_*_FILE."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bpmn.errors import GuichengError


class SettingRefused(GuichengError):
    """设置 {name} 的值不可用：{reason}。"""

    status = 500


LANGUAGES = ("zh", "en")
NUMBERS = (
    *("port", "max_upload", "max_request", "link_days", "live_cache", "snapshot_every", "job_attempts"),
    *("worker_concurrency", "worker_lost_after"),
)


@dataclass(frozen=True)
class Settings:
    """The settings of one house. `var` holds all that is written; `database_url` None means SQLite under `var`."""

    var: Path = field(default_factory=lambda: Path("var"))
    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    secret_key: str | None = None
    audit_key: str | None = None
    env: str = "development"
    company_name: str = "XXX软件股份有限公司"
    max_upload: int = 20 * 1024 * 1024
    max_request: int = 32 * 1024 * 1024
    link_days: int = 14
    live_cache: int = 256
    snapshot_every: int = 32
    job_attempts: int = 5
    worker_concurrency: int = 4
    worker_lost_after: int = 15
    smtp_url: str | None = None
    mail_from: str | None = None
    anchor_mail: str | None = None
    public_url: str | None = None
    proxies: int = 0
    language: str = "zh"

    @property
    def url(self) -> str:
        """The address of the database."""
        return self.database_url or f"sqlite:///{(self.var / 'guicheng.sqlite3').resolve()}"

    @property
    def production(self) -> bool:
        """True where demonstration accounts must never be made."""
        return self.env == "production"


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read GUICHENG_* (or the file that GUICHENG_*_FILE names). Raises SettingRefused for a number that is none."""
    given = _given(os.environ if environ is None else environ)
    known = {
        "var": Path(given.get("VAR", "var")),
        "database_url": given.get("DATABASE_URL") or None,
        "host": given.get("HOST", "127.0.0.1"),
        "secret_key": given.get("SECRET_KEY") or None,
        "audit_key": given.get("AUDIT_KEY") or None,
        "env": given.get("ENV", "development"),
        "smtp_url": given.get("SMTP_URL") or None,
        "mail_from": given.get("MAIL_FROM") or None,
        "anchor_mail": given.get("ANCHOR_MAIL") or None,
        "public_url": given.get("PUBLIC_URL") or None,
        "company_name": given.get("COMPANY_NAME", Settings.company_name),
        "language": _language(given.get("LANGUAGE") or Settings.language),
    }
    numbers = {name: _whole(name.upper(), given[name.upper()]) for name in NUMBERS if name.upper() in given}
    if "PROXIES" in given:
        numbers["proxies"] = _whole("PROXIES", given["PROXIES"], least=0)
    _mail(known["smtp_url"], known["mail_from"])
    return Settings(**known, **numbers)  # type: ignore[arg-type]  # a mapping of mixed types, each checked above


def _language(told: str) -> str:
    if told not in LANGUAGES:
        raise SettingRefused(name="GUICHENG_LANGUAGE", reason="应为 zh 或 en")
    return told


def _mail(url: object, sender: object) -> None:
    if url and not str(url).startswith(("smtp://", "smtps://")):
        raise SettingRefused(name="GUICHENG_SMTP_URL", reason="应为 smtp://主机:端口 或 smtps://用户:口令@主机")
    if url and not sender:
        raise SettingRefused(name="GUICHENG_MAIL_FROM", reason="设了 GUICHENG_SMTP_URL 就要写明发件人")


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in environ.items():
        if not name.startswith("GUICHENG_"):
            continue
        key = name.removeprefix("GUICHENG_")
        if key.endswith("_FILE"):
            try:
                given[key.removesuffix("_FILE")] = Path(value).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingRefused(name=name, reason=str(error)) from error
        else:
            given.setdefault(key, value)
    return given


def _whole(name: str, text: str, least: int = 1) -> int:
    try:
        value = int(text)
    except ValueError as error:
        raise SettingRefused(name=f"GUICHENG_{name}", reason="不是整数") from error
    if value < least:
        raise SettingRefused(name=f"GUICHENG_{name}", reason="必须大于零" if least else "不得小于零")
    return value
