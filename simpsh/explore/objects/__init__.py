"""Operations, learned processes, and a computed kernel; touches no process.

symbolic_names – what processes, pipes and files are called; phrases
kernel_state – what an operation is; the state of the whole program; nodes and edges; signals sent
process_operations – births, ends, waits, exec
pipe_operations – pipes, FIFOs, the output, giving up ends
file_operations – opening, changing and looking at files; flock
signal_operations – process groups, sessions, stops; sending signals, waiting for them, alarms
virtual_clock – sleeps, and what comes next if computing takes no time
memory_operations – loads and stores of shared memory, and futex
program_model – the automata of the processes, and the states and steps of the program
call_classes – every system call: followed, private, or named
"""
