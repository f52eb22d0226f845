import os
import signal

child = os.fork()
if child == 0:  # in the child
    signal.pause()
os.kill(child, signal.SIGSTOP)
os.waitpid(child, os.WUNTRACED)
os.kill(child, signal.SIGTERM)
os.kill(child, signal.SIGCONT)  # ① SIGTERM is sent
os.waitpid(child, 0)
