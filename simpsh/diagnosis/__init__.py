"""What is a process waiting for, and which process must move first?

finding – the record of a wait; statements with their evidence
blocked_process – the process under examination: its call and the call's arguments
calls – for each system call: where it waits
objects – for each kind of file: what ends a wait there, and which processes hold the other end
signal_waits – waits for signals, and for SIGCHLD
process_waits – waits for children; stopped, traced and dead processes
memory_waits – waits in memory
file_locks – waits for locks on files
left_over – processes that only inherited a descriptor
unseen_events – events that may end any wait and do not show in /proc
examination – examining one process or thread once
verdict – which processes are stuck, which can still move
wait_graph – which process waits for which: the end of a chain of waits; circles
answer – the answer in one sentence, and its proof
symptoms – names of symptoms, what to change, and what ends a healthy wait
"""
