# right: posix_spawn of itself
"""Wait for SIGUSR1 without losing it; the child is this program, started anew."""

import os
import signal
import sys

if sys.argv[1:] == ["child"]:
    signal.pause()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
words = [sys.executable, __file__, "child"]
child = os.posix_spawn(sys.executable, words, os.environ)
signal.sigwait({signal.SIGUSR1})
print("ready", flush=True)
os.kill(child, signal.SIGTERM)
os.waitpid(child, 0)
