"""What hostile submissions ask of the kernel: keys, rings, other processes, what can be left over.

Each text ends with what is asked of it, and comes to that only if all was refused before. So full
marks say that the sandbox holds.
"""

from __future__ import annotations

from simpsh.kernel.machine.syscall_table import NUMBERS
from tests.grade.two_children import IN_C, RIGHT

_CALLS = (
    *("add_key", "keyctl", "request_key", "io_uring_setup", "pidfd_open", "pidfd_getfd", "ptrace"),
    *("process_vm_writev", "prlimit64", "kill", "mq_open", "inotify_init1", "fanotify_init"),
    *("userfaultfd", "execveat"),
)


def python(code: str) -> str:
    """Return a Python program that tries something, and does not do what is asked."""
    return f"import os, sys, signal, time, ctypes, socket\n{code}"


TRIED = python("""
libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {numbers}
def call(name, *words):
    # A file descriptor, a key, or minus what errno says.
    found = libc.syscall(NUMBERS[name], *words)
    return found if found >= 0 else -ctypes.get_errno()
def must(is_so):
    is_so or os._exit(9)
def others():
    return [int(one) for one in os.listdir("/proc") if one.isdigit() and int(one) != os.getpid()]
""").replace("{numbers}", repr({name: NUMBERS[name] for name in _CALLS if name in NUMBERS}))
"""What is tried after this ends the program with must(), unless it is refused."""


def refused(code: str, then: str = RIGHT.replace("import os, sys", "")) -> str:
    """Return a program that does what is asked if all is refused that it tries before."""
    return f"{TRIED}{code}\n{then}"


KEYS = refused("""
for ring in (-1, -2, -3, -4, -5):
    must(call("add_key", b"user", b"simpsh-hostile", b"x", 1, ring) == -38)
    must(call("keyctl", 10, ring, b"user", b"simpsh-secret", 0) == -38)
must(call("keyctl", 22, -1, -2) == -38)
must(call("request_key", b"user", b"simpsh-secret", None, -3) == -38)
""")
_FIRST = """
static int old(int number, long first, long second, long third) {
    int found;
    __asm__ volatile("int $0x80" : "=a"(found)
                     : "a"(number), "b"(first), "c"(second), "d"(third) : "memory");
    return found;
}
/* KEYCTL_GET_KEYRING_ID of the session's keyring; io_uring_setup; userfaultfd. */
__attribute__((constructor)) static void begin(void) {
    if (old(288, 0, -3, 1) != -38 || old(425, 4, 0, 0) != -38) _exit(9);
    if (old(374, 1, 0, 0) != -38) _exit(9);
}
"""
OLD_KEYS = IN_C + _FIRST
RINGS = refused("must(call('io_uring_setup', 4, ctypes.create_string_buffer(200)) == -38)")
_REACHES = """
class Piece(ctypes.Structure):
    _fields_ = [("place", ctypes.c_void_p), ("size", ctypes.c_size_t)]
mine = ctypes.create_string_buffer(8)
for pid in others():
    with open(f"/proc/{pid}/stat") as file:
        if f" {os.getpid()} " in file.read().rpartition(")")[2][:12]:
            continue
    there = call("pidfd_open", pid, 0)
    must(call("pidfd_getfd", there, 0, 0) < 0)
    must(call("ptrace", 16, pid, 0, 0) < 0)
    must(call("ptrace", 0x4206, pid, 0, 0) < 0)
    piece = Piece(ctypes.addressof(mine), 8)
    must(call("process_vm_writev", pid, ctypes.byref(piece), 1, ctypes.byref(piece), 1, 0) < 0)
    # How many descriptors a process of one's own user has can be seen; where they lead, not.
    for name in ("mem", "environ", "maps", "fd/0", "fd/1", "cwd"):
        try:
            if name in ("mem", "environ", "maps"):
                got = os.open(f"/proc/{pid}/{name}", os.O_RDWR if name == "mem" else os.O_RDONLY)
                must(not os.read(got, 1))
            else:
                os.readlink(f"/proc/{pid}/{name}")
                must(False)
        except OSError:
            pass
"""
REACHES = refused(_REACHES)
_LIMITS = """
for pid in others():
    for limit in (0, 1, 3, 7):
        must(call("prlimit64", pid, limit, ctypes.create_string_buffer(bytes(16)), 0) < 0)
    must(call("kill", pid, 19) < 0)
    try:
        os.sched_setaffinity(pid, {0})
        must(False)
    except OSError:
        pass
"""
LIMITS = refused(_LIMITS)
REACHES_CHECK = "#!/usr/bin/python3\n" + refused(
    f"{_REACHES}{_LIMITS}must(len(others()) > 2 and not os.access('.', os.W_OK))",
    "print('it says', sys.argv[1])\n",
)
MEETS = refused("""
here = socket.socket(socket.AF_UNIX)
here.bind("\\0simpsh-hostile")
here.listen()
with open("/proc/net/unix") as file:
    must(sum("@" in line for line in file) == 1)
time.sleep(1)
here.settimeout(0)
try:
    here.accept()
    must(False)
except BlockingIOError:
    pass
""")
LEAVES = refused("""
import resource
must(call("mq_open", b"simpsh-hostile", 0o302, 0o666, None) >= 0)
os.close(os.open("/dev/shm/simpsh-hostile", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
must(libc.shmget(4712, 4096, 0o3666) >= 0)
must(libc.semget(4712, 1, 0o3666) >= 0)
must(libc.msgget(4712, 0o3666) >= 0)
for place in ("/tmp", "/var/tmp"):
    os.close(os.open(f"{place}/simpsh-hostile", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
""")
WATCHES = refused("""
watching = call("inotify_init1", 0)
for place in ("RESULTS", "SUBMISSIONS", "HOME"):
    try:
        must(not os.listdir(place))
    except OSError:
        pass
must(call("fanotify_init", 4, 0) < 0)
must(call("fanotify_init", 0, 0) < 0)
""")
FAULTS = refused("""
# Who reads a page whose faults it answers would wait for it: its judge, and the kernel.
for flags in (0, 1):
    must(call("userfaultfd", flags) == -38)
try:
    os.open("/dev/userfaultfd", os.O_RDWR)
    must(False)
except OSError:
    pass
""")
OWN_NAMESPACES = """
uid = os.getuid()
libc.unshare(0x10000000 | 0x20000)
for name, words in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {uid} 1")):
    try:
        with open(f"/proc/self/{name}", "w") as file:
            file.write(words)
    except OSError:
        pass
"""
SERVES = refused(f"""{OWN_NAMESPACES}
# The same with a file system of its own, in whose files nothing is ever read.
try:
    serving = os.open("/dev/fuse", os.O_RDWR)
except OSError:
    serving = -1
place = f"/tmp/served-{{os.getpid()}}"
os.mkdir(place)
words = f"fd={{serving}},rootmode=40000,user_id=0,group_id=0".encode()
must(libc.mount(b"none", place.encode(), b"fuse", 0, words) != 0)
""")
RISES = python("""
import shutil
shutil.copy(sys.executable, "mine")
os.chmod("mine", 0o6755)
if os.fork() == 0:
    os.execv("./mine", ["mine", "-c", "import os; os._exit(os.geteuid() != os.getuid())"])
if os.wait()[1]:
    os._exit(9)
for one in ("su", "mount"):
    if os.path.exists(f"/usr/bin/{one}") and os.fork() == 0:
        os.close(0)
        signal.alarm(2)
        os.execv(f"/usr/bin/{one}", [one, "root", "-c", "touch HOME/risen"])
""")
ASKS = """#!/usr/bin/python3
import glob, os, socket, sys
for path in glob.glob("/tmp/simpsh-run-*"):
    judge = socket.socket(socket.AF_UNIX)
    try:
        judge.connect(f"{path}/socket")
        socket.send_fds(judge, [bytes(8)], [0] * 200)
        os._exit(9)
    except OSError:
        pass
print("it says", sys.argv[1])
"""
PASSES = refused("""
# Folders come over a socket, and files are looked for from there.
ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
held = []
for place in ("/", ".", "/tmp", "/proc/1/root", "/proc/1/cwd", f"/proc/{os.getppid()}/root"):
    try:
        held.append(os.open(place, os.O_RDONLY | os.O_DIRECTORY))
    except OSError:
        pass
socket.send_fds(ends[0], [b"x"], held)
for got in socket.recv_fds(ends[1], 1, 10)[1]:
    for up in (".", "..", "../..", "../../.."):
        for name in ("RESULTS/a_good.py.json", "SUBMISSIONS/a_good.py"):
            try:
                os.open(f"{up}/{name}", os.O_RDONLY, dir_fd=got)
                must(False)
            except OSError:
                pass
""")
SETS_USER = python("""
words = ["sh", "-p", "-c", "echo {} > RESULTS/a_good.py.json"]
for place in ("SUBMISSIONS/set_user", os.path.dirname(os.path.abspath(__file__))):
    try:
        os.execv(f"{place}/helper", words)
    except OSError:
        pass
""")
