# right: pwrite, after all other descriptors are closed
import fcntl, os, signal, sys
path = os.path.abspath(sys.argv[1])
r, w = os.pipe()
if os.fork():
    os.close(w); b = os.read(r, 100)
    if b == b"ok": os._exit(0)
    sys.stderr.write("daemon: %s: one is running already\n" % sys.argv[1]); os._exit(1)
os.setsid()
if os.fork(): os._exit(0)
fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
try: fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError: os._exit(1)
os.chdir("/"); os.umask(0o27)
os.ftruncate(fd, 0); os.pwrite(fd, b"%d\n" % os.getpid(), 0)
n = os.open("/dev/null", os.O_RDWR)
for i in (0, 1, 2): os.dup2(n, i)
for f in os.listdir("/proc/self/fd"):
    number = int(f)
    if number not in (0, 1, 2, fd, w):
        try: os.close(number)
        except OSError: pass
os.write(w, b"ok"); os.close(w)
signal.sigwait({signal.SIGTERM, signal.SIGHUP})
