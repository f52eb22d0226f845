"""Signals and process groups: when a signal arrives, which operation a call is, what came of it.

signal_delivery – when a signal arrives
handler_uses – the memory that handlers use, and what else uses it
handler_calls – where a handler uses what the kernel keeps for its process, and so may be noticed
handler_steps – following a handler, instruction by instruction
stopping – stops, what a wait tells of them, orphaned groups
vforks – vfork, whose parent the explorer holds
group_signals – signals to a group
signal_wait_calls – sigwait and sigpending
timer_calls – alarms
group_calls – process groups and sessions
"""
