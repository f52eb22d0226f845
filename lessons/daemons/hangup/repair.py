import os
import signal

master, terminal = os.openpty()
read_end, write_end = os.pipe()
leader = os.fork()
if leader == 0:  # a shell in the window
    os.login_tty(terminal)
    os.close(master)
    job = os.fork()
    if job == 0:  # in the job
        os.write(write_end, b"!")  # it works
    signal.pause()  # both
os.read(read_end, 1)
os.close(master)  # the window is closed
os.waitpid(leader, 0)
