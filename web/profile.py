"""My account: language, password, API token."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import FieldError, GuichengError, Invalid
from web.api.auth import forget
from web.forms.macros import errors_of
from web.here import actor, engine
from web.language import sentence
from web.page import show
from web.security import limiter
from web.users import strong

routes = Blueprint("profile", __name__)


class WrongPassword(Invalid):
    """密码没有更改，请按提示更正。"""


@routes.get("/profile")
@login_required
def profile() -> ResponseReturnValue:
    """My account."""
    return show("profile/profile", user=engine().user(actor().user), token=None, errors=errors_of(()), said="")


@routes.post("/profile/password")
@login_required
@limiter.limit("10 per minute")
def password() -> ResponseReturnValue:
    """Change my password; the old one is asked."""
    who, form = actor(), request.form
    try:
        if engine().authenticate(who.user, form.get("old", "")) is None:
            raise WrongPassword(errors=[FieldError("old", gettext("现在的密码不对"))])
        if form.get("new", "") != form.get("again", ""):
            raise WrongPassword(errors=[FieldError("again", gettext("两次输入的新密码不同"))])
        engine().set_password(who, who.user, strong(form.get("new", ""), "new"))
    except GuichengError as error:
        user = engine().user(who.user)
        page = show("profile/profile", user=user, token=None, errors=errors_of(error.errors), said=sentence(error))
        return page, error.status
    flash(gettext("密码已更改。"), "success")
    return redirect(url_for("profile.profile"))


@routes.post("/profile/token")
@login_required
def token() -> ResponseReturnValue:
    """A new API token, shown this once."""
    made = engine().token_create(actor().user, actor())
    forget()
    return show("profile/profile", user=engine().user(actor().user), token=made, errors=errors_of(()), said="")
