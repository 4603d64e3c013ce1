"""What the machine does: one service task, one file; a topic of a diagram is a key of TASKS."""

from collections.abc import Mapping

from engine.contract import TaskHandler
from tasks.annual_figures import annual_figures
from tasks.end_project import end_project
from tasks.list_open_instances import list_open_instances
from tasks.notify import notify
from tasks.record import make_record
from tasks.settle_open_instances import settle_open_instances
from tasks.start_procedure import start_procedure

TASKS: Mapping[str, TaskHandler] = {
    "record": make_record,
    "notify": notify,
    "start_procedure": start_procedure,
    "list_open_instances": list_open_instances,
    "settle_open_instances": settle_open_instances,
    "annual_figures": annual_figures,
    "end_project": end_project,
}
