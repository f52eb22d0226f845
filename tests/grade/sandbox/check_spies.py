"""Submissions that look for the answers of a tutor's check, or try to influence it.

None of them solves the task. Each prints what it finds in one place where a check, its files or its
processes could be seen; so a point shows a leak.
"""

from __future__ import annotations

_BEGINNING = """#!/usr/bin/python3
import ctypes, fcntl, glob, os, re, signal, socket, stat, sys, time
word = sys.argv[1]
def look(data):
    # What the check wants for the argument: the rest of its line.
    if found := re.search(rb"(?m)^" + word.encode() + rb" (it says .*)$", data):
        print(found[1].decode(), flush=True)
        os._exit(0)
def take(path):
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            for name in os.listdir(path):
                inside = os.path.join(path, name)
                if os.path.isfile(inside) and os.path.getsize(inside) < 1 << 20:
                    take(inside)
        else:
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                look(file.read(1 << 20))
    except OSError:
        pass
def ignoring(call, *words):
    try:
        return call(*words)
    except OSError:
        return None
"""
_ATTEMPTS = {
    "command-lines": """
for path in glob.glob("/proc/[0-9]*/cmdline"):
    for each in (ignoring(lambda: open(path).read()) or "").split("\0"):
        for part in re.split(r"[\\s='\"();&|<>]+", each):
            take(part) if part else None
        look(each.encode())
""",
    "open-files": """
for name in ("fd/*", "cwd", "root", "exe", "map_files/*", "cwd/..", "root/tmp", "root/tmp/*"):
    for path in glob.glob(f"/proc/[0-9]*/{name}"):
        take(path)
""",
    "environments": """
for path in [*glob.glob("/proc/[0-9]*/environ"), "/proc/self/environ"]:
    for each in (ignoring(lambda: open(path).read()) or "").split("\0"):
        take(each.partition("=")[2])
        look(each.encode())
""",
    "reads-input": """
ignoring(os.lseek, 0, 0, os.SEEK_SET)
look(sys.stdin.buffer.read())
take("/proc/self/fd/0")
""",
    # With the first answer right, a loop of the check that finds no second line would pass.
    "ends-input": """
ignoring(os.lseek, 0, 0, os.SEEK_END)
ignoring(lambda: os.read(0, 1 << 20))
ignoring(fcntl.fcntl, 0, fcntl.F_SETFL, os.O_NONBLOCK)
print("it says word")
""",
    "cuts-files": """
for number in range(3):
    path = f"/proc/self/fd/{number}"
    ignoring(lambda: os.truncate(path, 0) if os.path.isfile(path) else None)
    ignoring(os.ftruncate, number, 0)
print("it says word")
""",
    "inherited": """
for number in range(256):
    if ignoring(os.fstat, number):
        ignoring(os.lseek, number, 0, os.SEEK_SET)
        ignoring(os.set_blocking, number, False)
        look(ignoring(os.read, number, 1 << 20) or b"")
        take(f"/proc/self/fd/{number}")
""",
    "walks": """
passed_over = {"proc", "sys", "usr", "lib", "lib64", "opt", "include", "share", "bin", "sbin"}
for top, folders, names in os.walk("/"):
    folders[:] = [name for name in folders if name not in passed_over]
    for name in names:
        path = os.path.join(top, name)
        take(path) if (ignoring(os.path.getsize, path) or 1 << 20) < 1 << 20 else None
""",
    "relative": """
for folder in (".", "..", "../..", os.environ.get("HOME", "."), os.environ.get("OLDPWD", "."),
               os.path.dirname(os.path.abspath(sys.argv[0])), os.environ.get("TMPDIR", "/tmp")):
    take(folder)
    for name in ("expected.txt", "check.sh"):
        take(os.path.join(folder, name))
""",
    "memory": """
libc = ctypes.CDLL(None)
for pid in range(1, 500):
    if pid != os.getpid():
        if libc.ptrace(0x4206, pid, 0, 0) == 0:
            print("it says", word)
        take(f"/proc/{pid}/mem")
""",
    "kills": """
for pid in (*range(1, 500), -1):
    if pid != os.getpid():
        for number in (signal.SIGCONT, signal.SIGUSR1, signal.SIGKILL):
            ignoring(os.kill, pid, number)
""",
    "asks-the-starter": """
for path in glob.glob("/tmp/*/socket") + glob.glob("/tmp/*/*/socket"):
    judge = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if ignoring(judge.connect, path) is None:
        ignoring(judge.send, (0).to_bytes(4, "little"))
    take(os.path.dirname(path))
""",
    "sockets": """
for line in open("/proc/net/unix").read().splitlines()[1:]:
    name = line.split()[7:]
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        here = socket.socket(socket.AF_UNIX, kind)
        here.settimeout(1)
        if name and ignoring(here.connect, name[0].replace("@", "\0")) is None:
            look(ignoring(here.recv, 1 << 16) or b"")
""",
    "shared-memory": """
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
for line in open("/proc/sysvipc/shm").read().splitlines()[1:]:
    at = libc.shmat(int(line.split()[1]), None, 0o10000)
    look(ctypes.string_at(at, int(line.split()[3]))) if at != 2**64 - 1 else None
for folder in ("/dev/shm", "/dev/mqueue", "/var/tmp", "/tmp"):
    take(folder)
""",
    # The first run leaves a process that watches, for the second run.
    "stays": """
take("/tmp/found")
if os.fork() == 0:
    os.setsid()
    for number in range(3):
        os.close(number)
    word = "other"
    with open("/tmp/found", "wb") as file:
        for _ in range(200):
            for path in [*glob.glob("/tmp/**", recursive=True), *glob.glob("/proc/[0-9]*/fd/*")]:
                data = ignoring(lambda: open(path, "rb").read(1 << 16))
                file.write(data or b"") if data and b"other it says" in data else None
            file.flush()
            time.sleep(0.01)
    os._exit(0)
print("it says word")
""",
    "terminals": """
import termios
for path in ("/dev/tty", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "/dev/pts/0"):
    if (terminal := ignoring(os.open, path, os.O_RDWR | os.O_NONBLOCK)) is not None:
        ignoring(fcntl.ioctl, terminal, termios.TIOCSTI, b"q")
        look(ignoring(os.read, terminal, 1 << 16) or b"")
""",
    "mounts": """
for path in glob.glob("/proc/[0-9]*/mountinfo"):
    for line in (ignoring(lambda: open(path).read()) or "").splitlines():
        for part in line.split()[3:5]:
            take(part)
            take(os.path.dirname(part))
        look(line.encode())
""",
    "replaces": """
for folder in ("/tmp", os.path.dirname(os.path.abspath(sys.argv[0])), "."):
    for name in ("sh", "[", "test", "read", "expected.txt", "check.sh", "run"):
        def write(path=os.path.join(folder, name)):
            with open(path, "w") as file:
                file.write("#!/bin/sh\nexit 0\n")
            os.chmod(path, 0o755)
        ignoring(write)
""",
}
SPIES = {name: _BEGINNING + attempt for name, attempt in _ATTEMPTS.items()}
"""The text of each, by its name."""
