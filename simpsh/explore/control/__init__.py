"""The real program, with every process held right before its next visible operation.

controlled_run – a run: its choices, its steps and its end
scheduler – which process makes the next step
tracee_stops – the answer to every ptrace stop
call_filter – which calls stop a process
handlers – when signals arrive and handlers run; what is trusted about the handlers of shells
shared_memory – memory shared with children: every use of it stops the process
remembered_state – what a held process can still know
run_state – state shared by the parts of a run; symbolic names; source lines
held_process – one held process, and calls made in place of its own
program_knowledge – knowledge kept from run to run
program_start – the start of a run: directory, input, output, the held program
interpreter_startup – the calls that an interpreter itself makes
explored_program – the program to execute, and its surroundings; the C compiler
"""
