"""What is a process waiting for, and which process must move first?

wait_graph – which process waits for which: the end of a chain of waits; circles
verdict – which processes are stuck, which can still move
facts – everything that can be found, as values
examination – examining one process or thread once; hidden calls
blocked_process – the process under examination: its call, the kernel function, other events that
end the wait
waits_on_files – waiting at a pipe, a FIFO or a socket, opening a file, waiting for the keyboard
waits_on_processes – waiting for children; stopped, traced, dead
waits_on_locks – waiting for a lock: of a file, or in memory
known_locks – recognizing waits in the C library, whose locks are known
call_holders – calls that a lease, a listener, a supervisor or a slow reader holds
file_servers – the processes that serve a file system of FUSE
fork_servers – the processes that a fork server has started
origins – whose child a process is
waits_on_events – waiting for time, a signal, one of many descriptors
"""
