"""What a held process is about to do, as values.

group_targets – process groups that are waited for, or signalled
visible_operations – every operation, by symbolic names
record_locks – record locks (fcntl), as operations
group_operations – process groups and sessions, as operations
readiness – descriptors that do not block, poll and select, as operations
epolls – epoll, as operations, and its ready list
fifo_operations – FIFOs, as operations
pipe_pages – how full a pipe is
memory_files – files in /dev/shm, as operations
memory_steps – loads, stores and futex in shared memory, as operations
stop_operations – being stopped and continued, as operations
signal_waits – taking signals one by one, as operations
timers – timers, as operations
call_classes – every system call: followed, private, or named
step_phrases – phrases about statuses, errors and printed bytes
"""
