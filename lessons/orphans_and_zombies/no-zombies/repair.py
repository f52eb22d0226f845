import os
import signal

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
child = os.fork()
if child == 0:  # in the child
    os._exit(7)
try:
    _, word = os.waitpid(child, 0)
    print("exit status", os.WEXITSTATUS(word), flush=True)
except ChildProcessError:  # ECHILD
    print("no status", flush=True)
