import os
import signal
CHANGES = os.WUNTRACED | os.WCONTINUED

first = os.fork()
if first == 0:  # the first command
    signal.pause()
os.waitpid(-1, CHANGES)  # you stop it
os.kill(first, signal.SIGCONT)
second = os.fork()
if second == 0:  # the second command
    signal.pause()
os.waitpid(-1, CHANGES)  # for the second command
os.write(1, b">> ")  # ① the next prompt
