"""What is a process waiting for, and which process must move first?

diagnosis – the question and the answer; `simpsh diagnose PID`
blocked_process – the process under examination: its call and the arguments
waits_on_files – waiting at a pipe, a FIFO, a socket, a terminal
waits_on_processes – waiting for children; stopped, traced, dead
waits_on_locks – waiting for a lock
waits_on_events – waiting for time, a signal, a futex, one of many descriptors
"""
