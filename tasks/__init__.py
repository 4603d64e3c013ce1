"""What the machine does: one service task, one file; a topic of a diagram is a key of TASKS."""

from collections.abc import Mapping

from engine.contract import TaskHandler
from tasks.agreement_clock import agreement_clock
from tasks.annual_figures import annual_figures
from tasks.end_project import end_project
from tasks.known_errors import known_errors
from tasks.list_open_instances import list_open_instances
from tasks.notify import notify
from tasks.put_in_force import put_in_force
from tasks.record import make_record
from tasks.return_proposal import return_proposal
from tasks.settle_open_instances import settle_open_instances
from tasks.start_procedure import start_procedure
from tasks.submit_proposal import submit_proposal
from tasks.year_so_far import year_so_far

TASKS: Mapping[str, TaskHandler] = {
    "record": make_record,
    "notify": notify,
    "start_procedure": start_procedure,
    "list_open_instances": list_open_instances,
    "settle_open_instances": settle_open_instances,
    "agreement_clock": agreement_clock,
    "known_errors": known_errors,
    "annual_figures": annual_figures,
    "year_so_far": year_so_far,
    "end_project": end_project,
    "submit_proposal": submit_proposal,
    "return_proposal": return_proposal,
    "put_in_force": put_in_force,
}
