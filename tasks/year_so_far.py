"""Topic `year_so_far`: what the annual report would say today of the service year that is running.

Answers the figures of `statistics` and the days that they are of; after the service those of its last year. Nothing is
opened and nothing kept: a desk may ask as often as it likes.
"""

from __future__ import annotations

from typing import Any

from engine.contract import Job, PermanentFailure, Services, described, reads, results
from forms.word.dates import beijing
from tasks.annual_figures import COUNTED, figures
from tasks.periods import running


@reads
@described("统计本服务年度至今")
@results(*COUNTED)
def year_so_far(job: Job, services: Services) -> dict[str, Any]:
    """The figures until now. Raises PermanentFailure before the service or where it has no dates."""
    period = running(job.variables, beijing(services.at).date())
    if period is None:
        raise PermanentFailure("服务尚未开始，或没有填写服务起止日期")
    return figures(job.variables, period, services)
