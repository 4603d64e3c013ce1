"""People: accounts, passwords (argon2), roles, API tokens (stored as hashes)."""

import hashlib
import re
import secrets
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bpmn.errors import FieldError, Invalid
from bpmn.roles import role_by_key
from engine import auditing
from engine.actor import OWN, Actor
from engine.errors import NameRefused, NeedsRole, UserExists, UserUnknown
from engine.room import Room
from engine.store import tables as t
from engine.store.prepared import Prepared
from engine.views import User

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")
SHORTEST = 8
LANGUAGES = ("zh", "en")
_hasher = PasswordHasher()
# Verified when there is no such user, so that the time of an answer does not tell which names exist.
_nobody = _hasher.hash(secrets.token_hex(16))


class UnknownRole(Invalid):
    """没有岗位 {role}。"""


class PasswordRefused(Invalid):
    """密码至少 8 个字符。"""


_granted = Prepared(select(t.grant.c.role).where(t.grant.c.user == bindparam("who")))


def roles_of(connection: Connection, user: str) -> frozenset[str]:
    """The roles that a person holds, for no particular project."""
    return frozenset(role for (role,) in _granted.rows(connection, who=user))


def require(connection: Connection, actor: Actor, *roles: str) -> None:
    """Raises NeedsRole unless the actor holds one of the roles. The house itself and its console may do all."""
    if actor.channel == "cli" or actor.user in OWN:
        return
    if not roles_of(connection, actor.user) & set(roles):
        raise NeedsRole(role="、".join(role_by_key[role].title for role in roles))


def users(connection: Connection) -> list[User]:
    """Everybody, by name."""
    held: dict[str, set[str]] = {}
    for role, name in connection.execute(select(t.grant)):
        held.setdefault(name, set()).add(role)
    rows = connection.execute(select(t.user).order_by(t.user.c.name))
    return [_view(row, held.get(row.name, set())) for row in rows]


def user(connection: Connection, name: str) -> User:
    """One person. Raises UserUnknown."""
    row = connection.execute(select(t.user).where(t.user.c.name == name)).one_or_none()
    if row is None:
        raise UserUnknown(name=name)
    return _view(row, roles_of(connection, name))


def _view(row: Any, roles: frozenset[str] | set[str]) -> User:
    return User(row.name, row.display_name, row.email, row.active, frozenset(roles), row.language)


def names(connection: Connection, wanted: set[str]) -> dict[str, str]:
    """Display names; the house and links have names of their own, a name that nobody has stands for itself."""
    rows = connection.execute(select(t.user.c.name, t.user.c.display_name).where(t.user.c.name.in_(wanted)))
    own = {name: "系统" if name in OWN else "外部链接" if name.startswith("link:") else name for name in wanted}
    return own | {row.name: row.display_name for row in rows}


def create(
    room: Room, actor: Actor, name: str, display_name: str, password: str | None = None, email: str | None = None
) -> User:
    """A new account. Raises NameRefused, UserExists, PasswordRefused."""
    if not NAME.fullmatch(name) or name in OWN:
        raise NameRefused()
    if not display_name.strip() or len(display_name) > 200:
        raise Invalid(errors=[FieldError("display_name", "请填写姓名，不超过 200 字")])
    hashed = _hash(password)

    def case(connection: Connection) -> None:
        require(connection, actor, "admin")
        if connection.execute(select(t.user.c.name).where(t.user.c.name == name)).scalar():
            raise UserExists(name=name)
        row = {"name": name, "display_name": display_name, "email": email, "active": True, "seen_at": room.clock.now()}
        connection.execute(insert(t.user), {**row, "password": hashed})
        auditing.note(connection, room, actor, "create_user", name)

    room.database.run(case)
    return User(name, display_name, email, True, frozenset())


def _hash(password: str | None) -> str | None:
    if password is None:
        return None
    if not SHORTEST <= len(password) <= 1000:
        raise PasswordRefused()
    return _hasher.hash(password)


def set_password(room: Room, actor: Actor, name: str, password: str) -> None:
    """One's own, or anybody's for an administrator."""
    hashed = _hash(password)

    def case(connection: Connection) -> None:
        if actor.user != name:
            require(connection, actor, "admin")
        user(connection, name)
        connection.execute(update(t.user).where(t.user.c.name == name).values(password=hashed))
        auditing.note(connection, room, actor, "set_password", name)

    room.database.run(case)


def set_language(room: Room, actor: Actor, language: str) -> None:
    """The language in which the actor is told things. Raises Invalid."""
    if language not in LANGUAGES:
        raise Invalid(errors=[FieldError("language", "没有这种语言")])
    mine = update(t.user).where(t.user.c.name == actor.user)
    room.database.run(lambda connection: connection.execute(mine.values(language=language)))


def set_active(room: Room, actor: Actor, name: str, active: bool) -> None:
    """Let a person in, or no longer; their tokens go with it."""

    def case(connection: Connection) -> None:
        require(connection, actor, "admin")
        user(connection, name)
        connection.execute(update(t.user).where(t.user.c.name == name).values(active=active))
        if not active:
            connection.execute(delete(t.token).where(t.token.c.user == name))
        auditing.note(connection, room, actor, "set_active", name, active=active)

    room.database.run(case)


def grant(room: Room, actor: Actor, name: str, role: str) -> None:
    """Give a person a role for all projects."""
    if role not in role_by_key:
        raise UnknownRole(role=role)

    def case(connection: Connection) -> None:
        require(connection, actor, "admin")
        if role not in user(connection, name).roles:
            connection.execute(insert(t.grant), {"role": role, "user": name})
            auditing.note(connection, room, actor, "grant", name, role=role)

    room.database.run(case)


def revoke(room: Room, actor: Actor, name: str, role: str) -> None:
    """Take a role from a person; places in teams count for nothing without it."""

    def case(connection: Connection) -> None:
        require(connection, actor, "admin")
        connection.execute(delete(t.grant).where(t.grant.c.user == name, t.grant.c.role == role))
        auditing.note(connection, room, actor, "revoke", name, role=role)

    room.database.run(case)


def authenticate(room: Room, name: str, password: str) -> User | None:
    """The person whose password this is, or None."""
    with room.database.read() as connection:
        row = connection.execute(select(t.user).where(t.user.c.name == name)).one_or_none()
        held = roles_of(connection, name)
    try:
        _hasher.verify(row.password if row is not None and row.password else _nobody, password)
    except (VerificationError, InvalidHashError):
        return None
    if row is None or not row.active or row.password is None:
        return None
    return _view(row, held)


def token_create(room: Room, actor: Actor, name: str) -> str:
    """A new API token, told this once. Raises UserUnknown."""
    token = "gc_" + secrets.token_urlsafe(32)

    def case(connection: Connection) -> None:
        user(connection, name)
        row = {"sha256": hashlib.sha256(token.encode()).hexdigest(), "user": name, "at": room.clock.now()}
        connection.execute(insert(t.token), row)
        auditing.note(connection, room, actor, "create_token", name)

    room.database.run(case)
    return token


_token = (
    select(t.user, t.grant.c.role)
    .join_from(t.token, t.user, t.user.c.name == t.token.c.user)
    .outerjoin(t.grant, t.grant.c.user == t.user.c.name)
)


def token_user(room: Room, token: str) -> User | None:
    """Whose token this is, or None. One query: every API call asks."""
    sha = hashlib.sha256(token.encode()).hexdigest()
    with room.database.read() as connection:
        rows = connection.execute(_token.where(t.token.c.sha256 == sha)).all()
    if not rows or not rows[0].active:
        return None
    return _view(rows[0], {row.role for row in rows if row.role})


def holders(connection: Connection, role: str) -> list[User]:
    """Active people who hold a role for all projects, by name."""
    query = select(t.user).join(t.grant, t.grant.c.user == t.user.c.name).where(t.user.c.active.is_(True))
    if role != "any":
        query = query.where(t.grant.c.role == role)
    else:
        staff = [key for key, known in role_by_key.items() if known.kind == "staff"]
        query = query.where(t.grant.c.role.in_(staff)).distinct()
    return [_view(row, frozenset()) for row in connection.execute(query.order_by(t.user.c.name))]
