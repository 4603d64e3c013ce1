"""The secrets of the house: given as settings, else generated under `var/`, readable by its owner only."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

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
    """The secret in that file, made where there is none. Exclusive creation: of two first starts one wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text(encoding="ascii").strip()
