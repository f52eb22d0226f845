"""Signals: what a handler may do, how a signal waits, which processes it reaches.

signals_handlers – what a signal handler may do
signals_blocked – a blocked signal waits until the program is ready for it
process_groups_and_kill – kill reaches one process, or a whole group
c/ – the demonstrations of these lessons in C
exercises/ – what students write themselves
"""
