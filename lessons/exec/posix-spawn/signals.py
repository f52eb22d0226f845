import os
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
line = "kill -INT $$; echo still here"
child = os.posix_spawn("/bin/sh", ["sh", "-c", line], {}, setsigdef=[])
os.waitpid(child, 0)
