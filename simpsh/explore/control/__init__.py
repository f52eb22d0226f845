"""The real program, every process held right before its next visible operation.

controlled_run – a run: choices, steps, its end
held_process – one held process, and calls made in place of its own
memory – what a held process has in memory and registers
run_state – what the parts of a run share; symbolic names
tracee_stops – every stop is answered, until all processes are held
syscalls_files – opening, changing and looking at files: which operation it is
syscalls_io – reading, writing, closing: which operation it is
sharing – what processes share besides files and pipes
syscalls_processes – births, waits, signals, ends
jobs – signals and process groups
syscalls_misc – calls that are not followed
syscall_results – what a call came back with
source_lines – where held processes stand in their source
step_readiness – which processes can continue, and what the others wait for
clock_and_random – clock and random numbers, the same in every run
interpreter_startup – which calls an interpreter makes by itself
explored_program – the program: what to execute, and with what
program_knowledge – what survives from run to run; the fork server
orderly_exit – signals that would end the explorer raise
"""
