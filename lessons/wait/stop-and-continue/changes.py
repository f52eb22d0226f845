import os
import signal

child = os.fork()
if child == 0:  # in the child
    signal.pause()
while True:
    _, status = os.waitpid(child, os.WUNTRACED | os.WCONTINUED)
    if os.WIFEXITED(status) or os.WIFSIGNALED(status):
        break
