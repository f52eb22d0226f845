"""The real program, every process held right before its next visible operation.

controlled_run – a run: which calls would return, choices, steps, its end
tracee_stops – every stop is answered
held_call – a process held at a call, as operations see it
signal_delivery – when a signal arrives, and what it does
handlers – what signal handlers use, and where one may run because of that
c_streams – the streams of the C library, which a handler and the interrupted code share
shared_memory – memory that children share: every use of it stops
remembered_state – what a held process can still know
run_state – what the parts of a run share; symbolic names; source lines
held_process – one held process, and calls made in place of its own
program_knowledge – what survives from run to run; the fork server; ending in order
interpreter_startup – which calls an interpreter makes by itself
explored_program – the program: a C file is compiled; what to execute, and with what
"""
