"""The web application: pages and API over one engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from engine.settings import Settings
from web import (
    api,
    audit,
    audited,
    compare,
    conformity,
    errors,
    handover,
    health,
    heat,
    home,
    inbox,
    incidents,
    language,
    link,
    lists,
    login,
    migration,
    modification,
    notices,
    page,
    procedures,
    profile,
    project,
    projects,
    replay,
    security,
    service_desk,
    start,
    studio,
    task,
    trust,
    users,
    workbench,
    working_days,
)
from web.engine_rest import routes as desktop
from web.forms import macros

if TYPE_CHECKING:
    from engine.engine import Engine

VERSION = "0.1.0"
PAGES = (
    login.routes,
    home.routes,
    lists.routes,
    inbox.routes,
    task.routes,
    start.routes,
    project.routes,
    modification.routes,
    replay.routes,
    projects.routes,
    service_desk.routes,
    procedures.routes,
    compare.routes,
    heat.routes,
    conformity.routes,
    migration.routes,
    studio.routes,
    workbench.routes,
    notices.routes,
    users.routes,
    handover.routes,
    incidents.routes,
    audit.routes,
    trust.routes,
    profile.routes,
    link.routes,
    working_days.routes,
)


def build(engine: Engine, settings: Settings) -> Flask:
    """The application over this engine. Nothing is shared between two of them but the limits on logging in."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config["GUICHENG_VERSION"] = VERSION
    app.extensions["guicheng.engine"] = engine
    app.extensions["guicheng.settings"] = settings
    provider = DefaultJSONProvider(app)
    provider.ensure_ascii = False
    app.json = provider
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    security.register(app, settings, settings.secret_key or engine.secret)
    language.register(app)
    page.register(app)
    macros.register(app)
    errors.register(app)
    app.after_request(health.count)
    audited.register(app)
    app.register_blueprint(health.routes)
    resources = api.blueprint()
    security.csrf.exempt(resources)
    for routes in api.RESOURCES:
        security.csrf.exempt(routes)
    app.register_blueprint(resources)
    security.csrf.exempt(desktop.routes)
    app.register_blueprint(desktop.routes)
    for routes in PAGES:
        app.register_blueprint(routes)
    return app
