# right: the daemon signals that it is ready
import fcntl, os, signal, sys
path, first = os.path.abspath(sys.argv[1]), os.getpid()
READY, REFUSED = signal.SIGUSR1, signal.SIGUSR2
signal.pthread_sigmask(signal.SIG_BLOCK, {READY, REFUSED})
middle = os.fork()
if middle:
    os.waitpid(middle, 0)
    if signal.sigwait({READY, REFUSED}) == READY:
        sys.exit(0)
    print("daemon: one is running already", file=sys.stderr)
    sys.exit(1)
os.setsid()
if os.fork():
    os._exit(0)
os.chdir("/")
os.umask(0o027)
file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
try:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    os.kill(first, REFUSED)
    os._exit(1)
os.ftruncate(file, 0)
os.write(file, f"{os.getpid()}\n".encode())
null = os.open("/dev/null", os.O_RDWR)
for number in range(3):
    os.dup2(null, number)
for number in map(int, os.listdir("/proc/self/fd")):
    if number > 2 and number != file:
        try:
            os.close(number)
        except OSError:
            pass
os.kill(first, READY)
while True:
    signal.pause()
