import os
import signal

leader = os.fork()
if leader == 0:  # in leader
    signal.pause()
os.setpgid(leader, leader)
member = os.fork()
if member == 0:  # in member
    signal.pause()
os.setpgid(member, leader)
os.waitid(os.P_PGID, leader, os.WEXITED)
os.waitid(os.P_PGID, leader, os.WEXITED)  # ① the first call has returned
