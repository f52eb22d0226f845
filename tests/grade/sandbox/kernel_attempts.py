"""Hostile requests to the kernel: keys, rings, other processes, things that may survive.

Each text ends with the exercise's own task, which it reaches only if all attempts before were
refused. So full marks show that the sandbox holds.
"""

from __future__ import annotations

from simpsh.kernel.machine.syscall_table import NUMBERS
from tests.grade.two_children import IN_C, RIGHT

_CALLS = (
    *("add_key", "keyctl", "request_key", "io_uring_setup", "pidfd_open", "pidfd_getfd", "ptrace"),
    *("process_vm_writev", "prlimit64", "kill", "mq_open", "inotify_init1", "fanotify_init"),
    *("userfaultfd", "execveat", "unshare", "clone", "clone3", "setns", "bpf", "perf_event_open"),
    *("mount", "umount2", "pivot_root", "chroot", "fsopen", "open_tree", "move_mount"),
    *("mount_setattr", "name_to_handle_at", "open_by_handle_at", "tgkill", "rt_sigqueueinfo"),
    *("pidfd_send_signal", "settimeofday", "clock_adjtime", "sched_setscheduler", "sethostname"),
    *("syslog", "reboot", "swapon", "acct", "quotactl", "kexec_load", "init_module", "iopl"),
    *("seccomp", "landlock_create_ruleset", "memfd_secret", "listmount", "mknodat"),
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
"""Each attempt after this ends the program with must(), unless it is refused."""


def refused(code: str, then: str = RIGHT.replace("import os, sys", "")) -> str:
    """Return a program that does what is asked if all is refused that it tries before."""
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
    f"{_REACHES}{_LIMITS}must(len(others()) > 2 and not os.access('.', os.W_OK))",
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

# ------------------------------------------------------ what reaches beyond a closed root

RARE = refused("""
nothing = ctypes.create_string_buffer(bytes(256))
for name, words in {
    "bpf": (5, nothing, 72), "perf_event_open": (nothing, 0, -1, -1, 0), "kexec_load": (0, 0, 0, 0),
    "init_module": (nothing, 9, b""), "iopl": (3,), "syslog": (3, nothing, 99),
    "acct": (b"/tmp/x",), "settimeofday": (nothing, None), "clock_adjtime": (0, nothing),
    "sethostname": (b"mine", 4),
    "reboot": (0, 0, 0, None), "swapon": (b"/tmp/x", 0), "quotactl": (0, None, 0, None),
    "memfd_secret": (0,), "listmount": (nothing, nothing, 9, 0),
    "sched_setscheduler": (0, 1, ctypes.byref(ctypes.c_int(50))),
}.items():
    if name in NUMBERS:
        must(call(name, *words) in (-1, -13, -38))
""")
MOUNTS = refused("""
for name, words in {
    "mount": (b"proc", b"/tmp", b"proc", 0, None), "umount2": (b"/proc", 2),
    "pivot_root": (b"/tmp", b"/tmp"), "chroot": (b"/tmp",), "fsopen": (b"tmpfs", 0),
    "open_tree": (-100, b"/", 1), "move_mount": (-100, b"/tmp", -100, b"/usr", 0),
    "mount_setattr": (-100, b"/", 0, bytes(32), 32),
}.items():
    must(call(name, *words) in (-1, -38))
for flags in (0x20 | 0x1000, 0x1000 | 0x4000, 0x2000):
    must(call("mount", b"/", b"/tmp", b"none", flags, None) in (-1, -38))
""")
HANDLES = refused("""
# The inode of a file system's root has the same number everywhere.
room = ctypes.create_string_buffer(bytes(128))
for place in (b"/", b"/usr", b"/etc/passwd", b"/proc", b"/tmp"):
    room[0:4] = (120).to_bytes(4, "little")
    call("name_to_handle_at", -100, place, room, ctypes.byref(ctypes.c_int()), 0)
    here = os.open(place, os.O_RDONLY)
    for number in (None, 2, 128, 256):
        if number is not None:
            room[8:12] = number.to_bytes(4, "little")
        must(call("open_by_handle_at", here, room, 0) < 0)
""")
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
POISONS = refused("""
# What the next submission, or the judge, would import or read.
import importlib.util, site
cached = importlib.util.cache_from_source(os.__file__)
texts = ["/etc/ld.so.preload", "/etc/passwd", "/etc/profile", os.__file__, cached]
texts += [sys.executable, "/bin/sh", "/usr/bin/gcc", site.getusersitepackages() + "/x.pth"]
for path in texts:
    for act in (
        lambda: open(path, "r+"),
        lambda: os.rename(path, path + "~"),
        lambda: os.unlink(path),
        lambda: os.chmod(path, 0o777),
        lambda: os.utime(path),
        lambda: os.setxattr(path, "user.x", b"x"),
        lambda: os.truncate(path, 0),
    ):
        try:
            act()
            must(path.startswith(os.environ["HOME"]))
        except OSError:
            pass
""")
DEVICES = refused("""
import fcntl, stat
usual = {"null", "zero", "full", "random", "urandom", "tty"}
for top, folders, files in os.walk("/dev"):
    for one in files:
        path = os.path.join(top, one)
        mode = os.stat(path, follow_symlinks=False).st_mode
        must(one in usual or top in ("/dev/pts", "/dev/shm") or stat.S_ISLNK(mode))
for number in ((1, 1), (1, 2), (1, 11), (7, 0), (8, 0), (10, 229), (253, 0), (254, 0), (5, 1)):
    for kind in (0o20666, 0o60666):
        device = os.makedev(*number)
        must(call("mknodat", -100, f"/tmp/d{number}".encode(), kind, device) < 0)
for name in ("stdin", "tty", "null"):
    try:
        at = os.open(f"/dev/{name}", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(at, 0x5412, b"x")  # TIOCSTI: type at the terminal
        must(False)
    except OSError:
        pass
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
