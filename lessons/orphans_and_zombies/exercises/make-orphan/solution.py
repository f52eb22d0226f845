import os

# BEGIN SOLUTION
before = os.getpid()  # ask here: this process may have ended when the child begins
read_end, write_end = os.pipe()
child = os.fork()
if child == 0:
    os.close(write_end)
    os.read(read_end, 1)  # end of file: no process holds the write end any more
    while os.getppid() == before:
        os.sched_yield()  # the parent's children get a new parent soon
    print(before, os.getppid(), flush=True)
# INSTEAD
# child = os.fork()
# if child == 0:
#     print(os.getppid(), flush=True)
#     # Wait until the parent has ended. Then print both pids on one line.
# END SOLUTION
    os._exit(0)
