"""Operations, learned processes, and a computed kernel; touches no process.

symbolic_names – what processes, pipes and files are called; phrases
kernel_state – what an operation is; the state of the whole program; nodes and edges; signals sent
stop – what an operation may ask of its process, held at a call, and of the run
process_state – what the kernel keeps for a process: signals, descriptors, memory that it shares
process_operations – births, ends, waits, exec; calls about the process itself, or not followed
pipe_operations – reading, writing, making and giving up descriptors
file_operations – opening, changing and looking at files; FIFOs; flock
signal_operations – process groups, sessions, stops; sending signals, waiting for them, alarms
virtual_clock – sleeps, clock and random numbers; what comes next if computing takes no time
memory_operations – loads and stores of shared memory, and futex
system_v_operations – System V semaphores, message queues and shared memory
message_queue_operations – POSIX message queues
program_model – the automata of the processes, and the states and steps of the program
call_classes – every system call: followed, private, or named

An operation is one class: its fields, the calls that make it (`from_call`), its words, when it is
ready, its result, and what it changes. The class is registered with @followed.
"""
