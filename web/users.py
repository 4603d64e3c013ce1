"""用户与岗位: who can log in and which roles they hold."""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import FieldError, Forbidden, GuichengError, Invalid
from bpmn.roles import ROLES, role_by_key
from web.api.auth import forget
from web.forms.macros import errors_of
from web.here import actor, engine, roles
from web.language import sentence
from web.page import show

routes = Blueprint("users", __name__)


class OnlyAdministrators(Forbidden):
    """只有系统管理员可以管理用户与岗位。"""


def administrators(view: Any) -> Any:
    """Let only administrators in."""

    @wraps(view)
    def guarded(*args: Any, **given: Any) -> Any:
        if "admin" not in roles():
            raise OnlyAdministrators()
        return view(*args, **given)

    return login_required(guarded)


class PasswordShort(Invalid):
    """密码至少 8 个字符。"""


def strong(password: str, field: str = "password") -> str:
    """The password, when it is long enough. Raises PasswordShort."""
    if not 8 <= len(password) <= 200:
        raise PasswordShort(errors=[FieldError(field, gettext("至少 8 个字符"))])
    return password


@routes.get("/users")
@administrators
def listed() -> ResponseReturnValue:
    """Everybody."""
    return show("users/list", users=engine().users(), errors=errors_of(()), said="", given={})


@routes.post("/users")
@administrators
def create() -> ResponseReturnValue:
    """A new account."""
    form = request.form
    try:
        engine().create_user(
            actor(),
            form.get("name", "").strip(),
            form.get("display_name", "").strip(),
            email=form.get("email", "").strip() or None,
            password=strong(form.get("password", "")),
        )
    except GuichengError as error:
        page = show(
            "users/list", users=engine().users(), errors=errors_of(error.errors), said=sentence(error), given=form
        )
        return page, error.status
    flash(gettext("已建立账号。"), "success")
    return redirect(url_for("users.one", name=form.get("name", "").strip()))


@routes.get("/users/<name>")
@administrators
def one(name: str) -> ResponseReturnValue:
    """One account: its roles and password."""
    user = engine().user(name)
    return show("users/one", user=user, all_roles=ROLES)


@routes.post("/users/<name>/roles")
@administrators
def grants(name: str) -> ResponseReturnValue:
    """Set the roles a person holds for all projects."""
    user = engine().user(name)
    wanted = {role for role in request.form.getlist("role") if role in role_by_key}
    for role in sorted(wanted - set(user.roles)):
        engine().grant(actor(), name, role)
    for role in sorted(set(user.roles) - wanted):
        engine().revoke(actor(), name, role)
    forget()
    flash(gettext("岗位已更新。"), "success")
    return redirect(url_for("users.one", name=name))


@routes.post("/users/<name>/active")
@administrators
def active(name: str) -> ResponseReturnValue:
    """Let a person in, or no longer."""
    engine().set_active(actor(), name, request.form.get("active") == "yes")
    forget()
    flash(gettext("账号状态已更新。"), "success")
    return redirect(url_for("users.one", name=name))


@routes.post("/users/<name>/password")
@administrators
def password(name: str) -> ResponseReturnValue:
    """Set somebody's password anew."""
    engine().set_password(actor(), name, strong(request.form.get("password", "")))
    flash(gettext("密码已重设。"), "success")
    return redirect(url_for("users.one", name=name))
