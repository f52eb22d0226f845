"""What is a process waiting for, and which process must move first?

diagnosis – the question and the answer; `simpsh diagnose PID`
kernel_functions – whether the kernel's function that it sleeps in fits its call
blocked_process – the process under examination: its call and the arguments
kept_calls – what is found where the call may not be seen, as Yama has it
ways_out – what else may end a wait, so that "a deadlock" is not said too early
waits_on_terminals – waiting for the keyboard
waits_on_files – waiting at a pipe or a FIFO, or opening a file
waits_on_sockets – waiting at a socket, for its other end
waits_on_processes – waiting for children; stopped, traced, dead
waits_on_locks – waiting for a lock
waits_on_futexes – waiting for a lock in memory: mutexes and their owners, semaphores
waits_on_events – waiting for time, a signal, one of many descriptors
"""
