import os
import select

child = os.fork()
if child == 0:  # in the child
    os._exit(7)  # ① the child is alive
handle = os.pidfd_open(child)
select.select([handle], [], [])
os.write(1, b"readable\n")  # ② the child has ended
os.waitid(os.P_PIDFD, handle, os.WEXITED)
