import os
import signal

told, tell = os.pipe()
leader, master = os.forkpty()
if leader == 0:  # a shell in the window, in a session of its own
    front = os.fork()
    if front != 0:
        back = os.fork()
        if back == 0:
            os.setpgid(0, 0)  # in the background
    os.write(tell, b".")  # each of the three
    signal.pause()
for _ in range(3):
    os.read(told, 1)
os.close(master)  # ① the window is closed
os.waitpid(leader, 0)
