"""Signals: what a handler may do, how a signal waits, which processes it reaches.

signals_handlers – what a signal handler may do
signals_blocked – a blocked signal waits until the program is ready for it
signals_with_data – real-time signals queue, and carry a number
alternate_stack – a stack overflow needs a second stack
process_groups_and_kill – kill reaches one process, or a whole group
self_pipe – a handler's byte in a pipe wakes a loop that waits for descriptors
timers – what ends a call that takes too long
c/ – the demonstrations of these lessons in C
exercises/ – what students write themselves
"""
