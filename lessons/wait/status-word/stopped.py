import os
import signal

child = os.fork()
if child == 0:  # in the child
    signal.pause()
    os._exit(0)
os.kill(child, signal.SIGSTOP)
os.waitpid(child, os.WUNTRACED)  # ① the child is stopped
os.kill(child, signal.SIGCONT)
os.waitpid(child, os.WCONTINUED)
os.kill(child, signal.SIGTERM)
os.waitpid(child, 0)
