"""What is happening: journal, step, store, roles, timers, jobs, history. Only engine.spiff imports SpiffWorkflow."""
