import os
import signal

# BEGIN SOLUTION
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
worker = os.fork()
if worker == 0:
    signal.pause()
    os._exit(0)
signal.sigwait({signal.SIGUSR1})
print("ready", flush=True)
os.kill(worker, signal.SIGTERM)
os.waitpid(worker, 0)
# INSTEAD
# worker = os.fork()
# if worker == 0:
#     signal.pause()  # the worker: sleeps until a signal ends it
#     os._exit(0)
#
# # Sleep until SIGUSR1 comes, and never lose it. Print ready.
# # Then end the worker with SIGTERM, and collect it.
# END SOLUTION
