import os
import signal

signal.signal(signal.SIGTERM, print)  # caught
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
os.kill(os.getpid(), signal.SIGUSR1)  # blocked, so it is pending
child = os.fork()
if child == 0:  # in the child
    os._exit(0)  # ① both have done nothing since
os.waitpid(child, 0)
