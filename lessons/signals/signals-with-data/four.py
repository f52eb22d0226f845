import os
import signal

low, high = signal.SIGRTMIN, signal.SIGRTMIN + 1
signal.pthread_sigmask(signal.SIG_BLOCK, {low, high})
for number in (high, low, high, low):
    os.kill(os.getpid(), number)
while taken := signal.sigtimedwait({low, high}, 0):
    os.write(1, b"low " if taken.si_signo == low else b"high ")
