"""Hostile requests to the kernel: keys, rings, other processes, objects that may survive.

Each program ends with the exercise's own task, which it reaches only if all attempts before it
were refused. So full marks show that the sandbox is tight.
"""

from __future__ import annotations

from simpsh.kernel.machine.syscall_table import NUMBERS
from tests.grade.two_children import IN_C, RIGHT

_CALLS = (
    *("add_key", "keyctl", "request_key", "io_uring_setup", "pidfd_open", "pidfd_getfd", "ptrace"),
    *("process_vm_writev", "prlimit64", "kill", "mq_open", "inotify_init1", "fanotify_init"),
    *("userfaultfd", "execveat", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal"),
)


def python(code: str) -> str:
    """Return a Python program that makes an attempt and does not solve the task."""
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
"""The beginning of a program of attempts: must() ends it if an attempt was not refused."""


def refused(code: str, then: str = RIGHT.replace("import os, sys", "")) -> str:
    """Return a program that solves the task if all its attempts are refused."""
    return f"{TRIED}{code}\n{then}"


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
    f"{_REACHES}{_LIMITS}must(len(others()) <= 2 and not os.access('.', os.W_OK))",
    "print('it says', sys.argv[1])\n",
)
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
ASKS = """#!/usr/bin/python3
import glob, os, socket, sys
for path in glob.glob("/tmp/simpsh-run-*"):
    judge = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        judge.connect(f"{path}/socket")
        socket.send_fds(judge, [bytes(8)], [0] * 200)
        os._exit(9)
    except OSError:
        pass
print("it says", sys.argv[1])
"""
SETS_USER = python("""
words = ["sh", "-p", "-c", "echo {} > RESULTS/a_good.py.json"]
for place in ("SUBMISSIONS/set_user", os.path.dirname(os.path.abspath(__file__))):
    try:
        os.execv(f"{place}/helper", words)
    except OSError:
        pass
""")

# ------------------------------------------------------ ways out of the private root

CLIMBS = refused("""
places = ["/", "/..", "/proc/self/root/..", "/proc/self/cwd/" + "../" * 40]
for name in os.listdir("/proc/self/fd"):
    places += [f"/proc/self/fd/{name}/.."]
for pid in others():
    places += [f"/proc/{pid}/root", f"/proc/{pid}/cwd", f"/proc/{pid}/fd/0/.."]
for place in places:
    try:
        at = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        continue
    for _ in range(8):
        os.fchdir(at)
        os.close(at)
        at = os.open("..", os.O_RDONLY)
    os.fchdir(at)
    must(os.listdir(".") == os.listdir("/"))
    for name in ("SUBMISSIONS", "RESULTS", "HOME", "SHARED", "/srv", "/sys", "/boot"):
        must(not os.path.exists(name))
for name in os.listdir("/proc"):
    if name.isdigit():
        with open(f"/proc/{name}/mountinfo") as file:
            must("SHARED" not in file.read())
""")
AIMS = refused("""
# By each way that a signal can take; a descriptor may have an owner who gets SIGIO.
import fcntl
read_end, write_end = os.pipe()
info = ctypes.create_string_buffer(bytes([9, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, *[0] * 128]))
for pid in (1, *others()):
    must(call("kill", pid, 9) < 0)
    must(call("tgkill", pid, pid, 9) < 0)
    must(call("rt_sigqueueinfo", pid, 9, info) < 0)
    there = call("pidfd_open", pid, 0)
    must(there < 0 or call("pidfd_send_signal", there, 9, None, 0) < 0)
    try:
        fcntl.fcntl(read_end, 10, 9)
        fcntl.fcntl(read_end, fcntl.F_SETOWN, pid)
        fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(write_end, b"x")
    except OSError:
        pass
fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_NONBLOCK)
""")
OTHER_NUMBERS = (
    IN_C
    + """
#include <errno.h>
#include <sys/syscall.h>
static long old(long number, long first, long second, long third) {
    int found;
    __asm__ volatile("int $0x80" : "=a"(found)
                     : "a"(number), "b"(first), "c"(second), "d"(third) : "memory");
    return found;
}
static unsigned family[3] = {40, 1, 0};
/* By the numbers of x32, and of 32-bit programs: unshare, setns, mount, bpf, keyctl, sockets. */
__attribute__((constructor)) static void begin(void) {
    long x32[] = {272, 308, 165, 321, 250, 41, 425, 298, 434};
    for (unsigned i = 0; i < sizeof x32 / sizeof *x32; i++)
        if (syscall(0x40000000 | x32[i], 0x10000000, 0, 0) >= 0) _exit(9);
    if (old(310, 0x10000000, 0, 0) >= 0 || old(120, 0x10000011, 0, 0) >= 0) _exit(9);
    if (old(21, 0, 0, 0) != -EPERM || old(357, 5, 0, 0) != -EPERM) _exit(9);
    if (old(102, 1, (long)family, 0) >= 0) _exit(9);
    if (old(359, 16, 3, 0) >= 0 || old(359, 40, 1, 0) >= 0) _exit(9);
}
"""
)
FILTERS = python("""
# Its own filter: the call that ends a process waits for a listener, which never answers.
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
code = b"".join(
    one.to_bytes(2, "little") + bytes((yes, no)) + value.to_bytes(4, "little")
    for one, yes, no, value in (
        (0x20, 0, 0, 0), (0x15, 0, 1, 231), (0x06, 0, 0, 0x7FC00000), (0x06, 0, 0, 0x7FFF0000)
    )
)
held = ctypes.create_string_buffer(code)
program = (4).to_bytes(8, "little") + ctypes.addressof(held).to_bytes(8, "little")
libc.syscall(317, 1, 8, program)
for code in sys.argv[1:]:
    if os.fork() == 0:
        os._exit(int(code))
""")
BUILDS = """two-children: two-children.c
\tcc -o $@ $<
\t-kill -9 1; kill -STOP 2; echo x > /usr/x; mknod /tmp/d c 1 1; unshare -Ur true && rm $@
\t-ls /proc/1/root/ /proc/2/cwd/ && rm -f $@
\t-python3 -c "import socket; socket.socket(socket.AF_UNIX).connect('SHARED/socket')" && rm -f $@
"""
