"""Pipes: end of file, a full pipe, a pipe without a reader; FIFOs; shared memory.

end_of_file – a pipe is at its end when it is empty and has no writer any more
full_pipe – a writer sleeps while the pipe is full
broken_pipe – a write to a pipe without a reader: SIGPIPE, or the error EPIPE
pipe_hang – the captured command that never ends
capture_ways_out – to wait for a process, or for its output: two different ends
fifo – a FIFO is a pipe with a name
descriptor_passing – a message through a socket carries an open file
shared_counter – memory that processes share, a lost addition, and a semaphore
c/ – the demonstrations of these lessons in C
exercises/ – what students write themselves
"""
