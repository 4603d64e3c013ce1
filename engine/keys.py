"""The secrets of the house: given as settings, else generated under `var/`, readable by its owner only."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from engine import disk
from engine.settings import Settings


@dataclass(frozen=True)
class Keys:
    """`secret` signs sessions and links; `audit` seals the journal, by key id; `kid` names the one that seals today."""

    secret: str
    audit: dict[str, bytes]
    kid: str


def load(settings: Settings) -> Keys:
    """The keys of this house, made on the first start. The audit key may be `kid:secret,kid:secret`, newest last."""
    folder = settings.var / "keys"
    secret = settings.secret_key or _kept(folder / "secret")
    audit: dict[str, bytes] = {}
    for number, part in enumerate((settings.audit_key or _kept(folder / "audit")).split(","), start=1):
        kid, colon, key = part.strip().rpartition(":")
        audit[kid if colon else f"k{number}"] = key.encode()
    return Keys(secret, audit, list(audit)[-1])


def _kept(path: Path) -> str:
    """The secret in that file, made where there is none: of two processes that start at once one wins."""
    if not path.exists():
        disk.write_once(path, secrets.token_hex(32).encode())
    return path.read_text(encoding="ascii").strip()
