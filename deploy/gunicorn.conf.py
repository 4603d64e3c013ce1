"""Gunicorn's settings: `gunicorn -c deploy/gunicorn.conf.py "server:create_app()"`, from the root of the house."""

import os

bind = f"{os.environ.get('GUICHENG_HOST', '127.0.0.1')}:{os.environ.get('GUICHENG_PORT', '8000')}"
# SQLite has one writer, and each process would run jobs.
shared = any(os.environ.get(f"GUICHENG_DATABASE_URL{more}") for more in ("", "_FILE"))
workers = int(os.environ.get("GUICHENG_WEB_WORKERS", "2" if shared else "1"))
worker_class = "gthread"
threads = int(os.environ.get("GUICHENG_WEB_THREADS", "8"))
# Each process opens its own database connections and its own V8: neither outlives a fork.
preload_app = False
timeout = 120
graceful_timeout = 30
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
accesslog = "-"
# The house's own way of writing: JSON in production.
logconfig_dict = {
    "formatters": {"house": {"()": "engine.logs.formatter"}},
    "handlers": {
        name: {"class": "logging.StreamHandler", "formatter": "house", "stream": f"ext://sys.{name}"}
        for name in ("stdout", "stderr")
    },
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        "gunicorn.access": {"level": "INFO", "handlers": ["stdout"], "propagate": False},
    },
}
# It would lie in the home of the user, where the systemd unit may not write, and two on one machine would share it.
control_socket_disable = True


def worker_exit(server, worker):
    """Write an anchor and let go of the database; without this FEEL's V8 would keep the process alive."""
    if worker.app.callable is not None:
        worker.app.callable.extensions["guicheng.engine"].close()
