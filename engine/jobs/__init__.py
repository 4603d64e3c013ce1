"""What runs outside of a step: service tasks, mail, messages between instances, timers.

A job is a row of the job table, made in the step's own transaction; the row says whether it is due. It is run at least
once, by whoever takes it, and its result is an entry keyed by the job, so that it counts once. `work` runs one job and
`timers` fires one timer; who calls them is an adapter: `thread` on SQLite, `deferred` and `worker` on PostgreSQL.
"""
