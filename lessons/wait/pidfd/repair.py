import os
import select

child = os.fork()
if child == 0:  # in the child
    os._exit(7)
handle = os.pidfd_open(child)
select.select([handle], [], [])
os.write(1, b"readable\n")
os.close(handle)
