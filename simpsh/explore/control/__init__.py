"""The real program, every process held right before its next visible operation.

controlled_run – a run: which calls would return, choices, steps, its end
tracee_stops – every stop is answered; what a call came back with
syscalls_files – opening, changing and looking at files: which operation it is
syscalls_io – pipes and FIFOs: reading, writing, closing: which operation it is
syscalls_processes – births, waits, signals, ends; calls that are not followed
signal_calls – when a signal arrives; stops, process groups, alarms
handlers – what signal handlers use, and where one may run because of that
shared_memory – memory that children share: every use of it stops; futex
remembered_state – what a held process can still know
times_given – how long a call may last
clock_and_random – clock and random numbers, the same in every run
run_state – what the parts of a run share; symbolic names; source lines
held_process – one held process, and calls made in place of its own
program_knowledge – what survives from run to run; the fork server; ending in order
interpreter_startup – which calls an interpreter makes by itself
explored_program – the program: a C file is compiled; what to execute, and with what
"""
