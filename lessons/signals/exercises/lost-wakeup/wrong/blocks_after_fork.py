# fails: blocked
import os
import signal

worker = os.fork()
if worker == 0:
    signal.pause()
    os._exit(0)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
signal.sigwait({signal.SIGUSR1})
print("ready", flush=True)
os.kill(worker, signal.SIGTERM)
os.waitpid(worker, 0)
