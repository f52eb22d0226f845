"""What processes share besides files and pipes: which operation a call is, what came of it.

shared_memory – memory that children share: every use of it stops
memory_file_calls – files in /dev/shm, by shm_open and sem_open
futex_calls – waiting and waking in shared memory
poll_calls – poll and select on pipes
epoll_calls – epoll on pipes
fifo_calls – opening FIFOs
record_lock_calls – record locks (fcntl)
"""
