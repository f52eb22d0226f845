# fails: orphan
import os

before = os.getpid()  # ask here: this process may have ended when the child begins
read_end, write_end = os.pipe()
child = os.fork()
if child:
    os.close(write_end)
    os.waitpid(child, 0)
if child == 0:
    os.close(write_end)
    os.read(read_end, 1)  # end of file: no process holds the write end any more
    print(before, os.getppid(), flush=True)
    os._exit(0)
