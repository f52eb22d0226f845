import os
import signal

child = os.fork()
if child == 0:  # in the child
    signal.pause()
os.kill(child, signal.SIGSTOP)
os.waitid(os.P_PID, child, os.WSTOPPED | os.WNOWAIT)  # it has stopped
os.kill(child, signal.SIGCONT)  # ① the child is stopped
os.waitpid(child, os.WUNTRACED | os.WCONTINUED)  # ② the child runs
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
