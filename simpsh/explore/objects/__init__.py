"""Operations, learned processes, and a computed kernel.

symbolic_names – the names of processes and objects: values of one class for each kind
name_words – words for names and texts, made last
kernel_state – operations; the state of the whole program; nodes and edges; sending signals
learned_uses – how processes use pipes, shared memory and the output: facts for left movers
code_place – source lines, and the lines that call helper functions
held_call – a process held at a call, as operations see it
process_state – the kernel's state of a process: signals, descriptors, shared memory
process_operations – births, ends, waits, exec; calls about the process itself, or not followed
pipe_operations – reading, writing, making and closing descriptors
file_operations – opening, changing and looking at files; FIFOs; flock
signal_operations – process groups, sessions, stops; sending signals, waiting for them, alarms
virtual_clock – sleeps, clock and random numbers; the next events if computing takes no time
memory_operations – loads and stores of shared memory, and futex
stuck_process – a process that can never continue, and its words
program_model – the automata of the processes, and the states and steps of the program
call_classes – every system call: followed, private, or named

Each operation is a class: its fields, the calls that make it (`from_call`), its words, when it is
ready, its result and its effects. The class is registered with @follows.
"""
