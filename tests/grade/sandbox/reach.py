"""Looks for everything that a submission can reach, and prints it as JSON.

Its argument is a file that describes the host. Each finding is a pair: the words of
Sandbox.missing that explain it, and the reached object. It runs as a submission, so it imports
nothing from simpsh.
"""

import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

FILES, SOCKETS, NETWORK = "files that its user may write", "sockets of other programs", "network"
HIDDEN, TMP, PIDS, USER = "solutions and results", "/tmp", "process ids", "user"
OBJECTS, KERNEL = "shared memory and message queues", "kernel"
_PRIVATE = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/dev/pts")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_SEEN = {"bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "nix", "opt", "proc"}
_SEEN |= {"sbin", "tmp", "usr", "var"}
_NAMESPACES = {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "net": 0x40000000}
_NAMESPACES |= {"ipc": 0x08000000, "uts": 0x04000000, "cgroup": 0x02000000}
_libc = ctypes.CDLL(None, use_errno=True)

_MOST = 60
Finding = tuple[str, str]


def call(name: str, *words: object) -> int:
    """Make a system call by its number; return its result, or minus the error."""
    found = _libc.syscall(ctypes.c_long(OUTSIDE["numbers"][name]), *words)
    return found if found >= 0 else -ctypes.get_errno()


# ------------------------------------------------------------------------------------------ files


def files() -> Iterator[Finding]:
    """Look at every name below the root, except in /proc and in private directories."""
    for name in os.listdir("/"):
        if name not in _SEEN | {*OUTSIDE["above"]}:
            yield HIDDEN, f"/{name}"
    for top, folders, names in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(top, name) not in _PRIVATE]
        if top == "/":
            folders.remove("proc")
        if os.access(top, os.W_OK):
            yield FILES, top
        for path in (os.path.join(top, name) for name in (*names, *folders)):
            with suppress(OSError):  # it is gone, or its path is too long
                yield from _file(path, os.lstat(path))
    for path in OUTSIDE["paths"]:
        with suppress(OSError):
            os.lstat(path)
            if not path.startswith(("/usr/", "/opt/")):
                yield HIDDEN, path
    for path in OUTSIDE["locked"]:
        try:
            with open(path, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield SOCKETS, f"the lock of {path}"
        except OSError:
            pass
    for folder in filter(os.path.isdir, _PRIVATE[:4]):
        for name in os.listdir(folder):
            if name not in ("submission", *OUTSIDE["above_tmp"]):
                yield TMP, f"{folder}/{name}"


def _file(path: str, facts: os.stat_result) -> Iterator[Finding]:
    mode = facts.st_mode
    if path not in OUTSIDE["paths"] and (stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode)):
        # Do not touch sockets and FIFOs of other programs: their devices show that they can be
        # reached.
        if facts.st_dev in OUTSIDE["devices"]:
            yield SOCKETS, path
    elif stat.S_ISSOCK(mode):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            with socket.socket(socket.AF_UNIX, kind) as ours:
                ours.setblocking(False)
                # EPROTOTYPE means that the socket was found and has another type.
                if ours.connect_ex(path) in (0, errno.EPROTOTYPE, errno.EAGAIN):
                    yield SOCKETS, path
    elif stat.S_ISFIFO(mode):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            with open(descriptor, "rb", buffering=0) as file:
                if file.read():
                    yield SOCKETS, f"{path}, to read"
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
            yield SOCKETS, f"{path}, to write"
    elif stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        if os.path.dirname(path) != "/dev" or os.path.basename(path) not in _DEVICES:
            with suppress(OSError):
                os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
                yield FILES, f"the device {path}"
    elif not stat.S_ISLNK(mode) and os.access(path, os.W_OK):
        yield FILES, path


# -------------------------------------------------------------------------------------- processes


def processes() -> Iterator[Finding]:
    """Try to look into other processes, and to signal them; look at this one's descriptors."""
    own = {os.getpid(), *OUTSIDE.get("own", ())}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        if pid in own:
            continue
        for name in ("root", "cwd", "exe", "fd/0", "fd/1", "ns/mnt", "ns/user"):
            with suppress(OSError):
                os.readlink(f"/proc/{pid}/{name}")
                yield USER, f"/proc/PID/{name}"
        for name in ("mem", "environ", "maps"):
            with suppress(OSError):
                os.close(os.open(f"/proc/{pid}/{name}", os.O_RDONLY))
                # The files of an ending process can be opened, but are empty.
                if Path(f"/proc/{pid}/maps").read_bytes():
                    yield USER, f"/proc/PID/{name}"
        with suppress(OSError):
            os.kill(pid, 0)
            yield USER, "a signal to another process"
        with suppress(OSError):
            text = Path(f"/proc/{pid}/mountinfo").read_text()
            for mount_point in (line.split()[4] for line in text.splitlines()):
                if not os.path.exists(mount_point):
                    yield HIDDEN, f"the mount {mount_point} in /proc/PID/mountinfo"
        if pid in OUTSIDE["pids"] and f"{OUTSIDE['mark']}" in _command_line(pid):
            yield PIDS, "a process of the outside"
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{name}")
            is_usual = target.startswith(("pipe:", "/dev/null", "/dev/pts/", "/proc/"))
            # libffi opens its own file; what comes from outside has survived exec.
            is_inherited = os.get_inheritable(int(name))
            if is_inherited and not is_usual and target != __file__:
                yield FILES, f"the descriptor of {target}"
    for top, _, names in os.walk("/proc/sys"):
        for path in (os.path.join(top, name) for name in names):
            with suppress(OSError):
                if os.access(path, os.W_OK):
                    # The kernel may refuse what the mode permits, so write the same value again.
                    Path(path).write_bytes(Path(path).read_bytes())
                    yield KERNEL, path
    for name in os.listdir("/proc"):
        if os.path.isfile(f"/proc/{name}") and os.access(f"/proc/{name}", os.W_OK):
            with suppress(OSError):
                os.close(os.open(f"/proc/{name}", os.O_WRONLY))
                yield KERNEL, f"/proc/{name}"
    for name, secret in os.environ.items():
        if "SECRET" in name:
            yield USER, f"the variable {name}={secret}"
    if 0 in os.getresuid() or 0 in os.getgroups():
        yield USER, "root"
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    if any(int(status[f"Cap{which}"], 16) for which in ("Inh", "Prm", "Eff", "Amb")):
        yield KERNEL, "capabilities"
    if status["NoNewPrivs"].strip() != "1" or status["Seccomp"].strip() != "2":
        yield KERNEL, "new privileges, or no filter"


def _command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    return ""


# ---------------------------------------------------------------------------- sockets and objects


def objects() -> Iterator[Finding]:
    """Look for abstract sockets, a listening port, objects of System V and message queues."""
    with socket.socket(socket.AF_UNIX) as ours:
        if ours.connect_ex(f"\0{OUTSIDE['mark']}") == 0:
            yield SOCKETS, "an abstract socket"
    try:
        with socket.create_connection(("127.0.0.1", OUTSIDE["port"]), 2):
            yield NETWORK, "a port of the host"
    except OSError:
        pass
    for family in range(50):
        with suppress(OSError):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
                with suppress(OSError), socket.socket(family, kind):
                    if family not in (1, 2, 10):
                        yield KERNEL, f"sockets of family {family}"
    key = OUTSIDE["key"]
    for name, words in (("shmget", (key, 0, 0)), ("semget", (key, 0, 0)), ("msgget", (key, 0))):
        if call(name, *words) >= 0:
            yield OBJECTS, name
    if call("mq_open", OUTSIDE["mark"].encode(), os.O_RDONLY, 0, None) >= 0:
        yield OBJECTS, "mq_open"
    for ring in range(-5, 0):
        if call("keyctl", 0, ring, 0) >= 0 or call("add_key", b"user", b"x", b"x", 1, ring) >= 0:
            yield KERNEL, "a keyring"


# ------------------------------------------------------------------------------------ the kernel


def calls() -> Iterator[Finding]:
    """Make the calls that reach rarely used parts of the kernel."""
    nothing = ctypes.create_string_buffer(256)
    for name, words in {
        "bpf": (0, nothing, 72),
        "perf_event_open": (nothing, 0, -1, -1, 0),
        "io_uring_setup": (4, nothing),
        "userfaultfd": (1,),
        "fsopen": (b"tmpfs", 0),
        "open_tree": (-100, b"/", 1),
        "mount": (b"none", b"/tmp", b"tmpfs", 0, None),
        "syslog": (10, None, 0),
        "memfd_secret": (0,),
        "quotactl": (0, None, 0, None),
        "kexec_load": (0, 0, 0, 0),
        "init_module": (nothing, 9, b""),
        "iopl": (3,),
        "acct": (b"/tmp/x",),
        "clock_adjtime": (0, ctypes.create_string_buffer(b"\xff" * 256)),
        "sethostname": (b"mine", 4),
        "reboot": (0, 0, 0, None),
        "swapon": (b"/tmp/x", 0),
        "listmount": (nothing, nothing, 9, 0),
        "sched_setscheduler": (0, 1, ctypes.byref(ctypes.c_int(50))),
        "umount2": (b"/proc", 2),
        "pivot_root": (b"/tmp", b"/tmp"),
        "chroot": (b"/tmp",),
        "move_mount": (-100, b"/tmp", -100, b"/usr", 0),
        "mount_setattr": (-100, b"/", 0, bytes(32), 32),
        "open_by_handle_at": (0, nothing, 0),
        "mknodat": (-100, b"/tmp/device", stat.S_IFCHR | 0o666, os.makedev(1, 1)),
    }.items():
        if name not in OUTSIDE["numbers"]:
            continue
        # Errors such as EBADF and EFAULT come from the call itself, so it was not refused.
        if call(name, *words) not in (-errno.EPERM, -errno.ENOSYS, -errno.EACCES):
            yield KERNEL, name
    for name, flag in _NAMESPACES.items():
        for name in ("unshare", "clone", "clone3"):
            if _makes(name, flag):
                yield KERNEL, f"a {name} namespace by {name}"
    for pid in (1, os.getppid()):
        with suppress(OSError):
            namespace = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY)
            if call("setns", namespace, 0) == 0:
                yield KERNEL, "setns"


def _makes(name: str, flag: int) -> bool:
    """Return whether a call makes a namespace, in a child."""
    pid = os.fork()
    if pid == 0:
        result = -1
        if name == "unshare":
            result = call(name, flag)
        elif name == "clone":
            result = call(name, flag | signal.SIGCHLD, 0, 0, 0, 0)
        elif "clone3" in OUTSIDE["numbers"]:
            words = (ctypes.c_uint64 * 8)(flag, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
            result = call(name, words, ctypes.sizeof(words))
        os._exit(result >= 0)
    return os.waitpid(pid, 0)[1] != 0


def main() -> None:
    """Print each finding once, and of each kind only the first ones."""
    found: dict[str, dict[str, None]] = {}
    for look in (files, processes, objects, calls):
        for category, what in look():
            of_kind = found.setdefault(category, {})
            if len(of_kind) < _MOST:
                of_kind[what] = None
    print(json.dumps([(category, what) for category in found for what in found[category]]))


if __name__ == "__main__":
    OUTSIDE = json.loads(Path(sys.argv[1]).read_text())
    main()
