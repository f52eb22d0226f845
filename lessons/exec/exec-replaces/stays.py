import os
import signal

signal.signal(signal.SIGUSR1, print)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
os.kill(os.getpid(), signal.SIGTERM)  # blocked, so it is pending
os.mkfifo("fifo")
os.execvp("grep", ["grep", "x", "fifo"])  # no process opens the other end
