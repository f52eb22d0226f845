"""Values that a process may be started with: variables, descriptors, limits; and commands to try.

Each value is tried with every subcommand, found by the command list. A subcommand runs without
operands, and each line of SAMPLES. A run is a fork of this process, which has imported simpsh:
that is much faster than a new one.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from simpsh.cli.command_line import SUBCOMMANDS, run
from simpsh.cli.option_parser import subcommand_of
from tests.harness.sh import simpsh_command

SAMPLES = (
    "-c true",
    "-c 'cd; cd /; cd -; pwd; echo $PWD; cd nosuch'",
    "-l -c 'echo ~ ~root; exec true'",
    "-c 'cat <<E\ntext\nE\nls | wc -l; echo *; f() { ( echo a; /bin/true ); }; f'",
    "-v -c '/bin/true | /bin/true & wait'",
    "-i",
    "--truth -c true",
    "--trace record.jsonl -c true",
    "script",
    "--version",
    "help cd",
    "--complete trace t",
    "diagnose {pid}",
    "trace /bin/true",
    "trace -o run.html /bin/true",
    "trace show small.jsonl",
    "watch {pid}",
    "step /bin/true",
    "explore 'echo a & echo b; wait'",
    "lesson list",
    "lesson what fork",
    "lesson check no-such-lesson",
    "lesson run rule-4-copied --plain",
    "lesson show rule-4-copied --plain",
    "lesson reset",
    "lesson new mine",
    "lesson progress export",
    "lesson exercise list",
    "lesson exercise start two-children",
    "lesson exercise check two-children program.py",
    "lesson exercise hint two-children",
    "doctor",
    "grade --exercise two-children submissions",
    "grade one --exercise two-children program.py",
    "grade assignment list",
    "grade assignment new mine.toml",
    "class open submissions",
    "jupyter install --prefix prefix",
    "completions bash",
)
RUN_PROGRAMS = ("script", SAMPLES[3])
"""These run programs that print."""
LONG_ALONE = ("lesson check",)
"""Without operands, these take minutes."""
FILES = {
    "script": "cd; echo $HOME; ls | wc -l; cat <<E\ntext\nE\n",
    "program.py": "import os\nfor _ in range(2):\n    os.fork() or os._exit(0)\n    os.wait()\n",
    "submissions/ann.py": "import os\nos.fork() or os._exit(0)\nos.wait()\n",
    "submissions/bob.py": "print('x')\n",
    "small.jsonl": '{"schema": "simpsh.trace/1"}\n',
}


STRIDE = 12
HEAVY = (
    *("diagnose", "trace", "watch", "step", "explore", "--truth", "doctor", "grade", "class"),
    *("jupyter", "lesson run", "lesson show", "lesson exercise check"),
)
"""Lines that begin with these take long: each gets one in STRIDE values, others for each line."""


def all_subcommands() -> Iterator[type]:
    """Yield all subcommands, including nested ones."""
    waiting = [subcommand_of(name) for name in SUBCOMMANDS]
    while waiting:
        yield (kind := waiting.pop(0))
        waiting += [below() for below in kind.children.values()]


def cases() -> list[tuple[str, Value]]:
    """Return the command lines with their values.

    The lines are each subcommand without operands, which mostly prints its usage, and the samples.
    """
    alone = [kind.name for kind in all_subcommands() if kind.name not in LONG_ALONE]
    table = []
    for row, line in enumerate(dict.fromkeys([*SAMPLES, *alone])):
        is_partial = line not in SAMPLES or line.startswith(HEAVY)
        for column, value in enumerate(values()):
            if value.is_before_programs and line in RUN_PROGRAMS:
                continue
            if not is_partial or (row + column) % STRIDE == 0:
                table.append((line, value))
    return table


# ---------------------------------------------------------------------------- values

LONG = "/" + "x" * 200
PATHS: dict[str, str | bytes | None] = {
    "unset": None,
    "empty": "",
    "relative": "relative",
    "relative, missing parents": "a/b/c",
    "dot": ".",
    "dots": "../../..",
    "missing": "/nonexistent/home",
    "root": "/",
    "slashes": "//",
    "file": "{place}/file",
    "below a file": "{place}/file/home",
    "unreadable": "{place}/unreadable",
    "of another owner": "{place}/foreign",
    "writable for all": "{place}/shared",
    "symlink loop": "{place}/loop",
    "FIFO": "{place}/fifo",
    "device": "/dev/null",
    "full device": "/dev/full",
    "proc": "/proc/self",
    "longer than a path may be": LONG * 30,
    "longer than a name may be": "/tmp/" + "x" * 300,
    "not UTF-8": b"/tmp/\xff\xfe",
    "control characters": "/tmp/\x1b[2J\n\x07x",
    "blanks": " ",
    "tilde": "~",
    "percent": "{place}/%s{}$(x)",
}
DIRECTORIES = (
    "HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "TMPDIR",
    "PWD",
    "OLDPWD",
)
NUMBERS: dict[str, str | bytes | None] = {
    "empty": "",
    "zero": "0",
    "one": "1",
    "negative": "-5",
    "huge": "9" * 5,
    "overflowing": "9" * 40,
    "float": "1.5",
    "letters": "abc",
    "superscript": "²",
    "Arabic digits": "٣٣",
    "not UTF-8": b"\xff",
    "very long": "8" * 100_000,
}
TEXTS: dict[str, str | bytes | None] = {
    "unset": None,
    "empty": "",
    "unknown": "no-such-name",
    "dumb": "dumb",
    "path": "../../etc/passwd",
    "not UTF-8": b"\xff\xfe",
    "control characters": "\x1b[2J\n",
    "very long": "x" * 100_000,
}
LOCALES = {
    **TEXTS,
    "C": "C",
    "POSIX": "POSIX",
    "Turkish": "tr_TR.UTF-8",
    "Latin": "de_DE.ISO-8859-1",
}
SEARCHED = {
    **PATHS,
    "relative and empty entries": "::.:relative:/bin:/usr/bin:",
    "many entries": ":".join(["/nonexistent"] * 5000),
}
TABLE: dict[str, dict[str, str | bytes | None]] = {
    **dict.fromkeys(DIRECTORIES, PATHS),
    "PATH": SEARCHED,
    **dict.fromkeys(("COLUMNS", "LINES", "SIMPSH_PATIENCE"), NUMBERS),
    "TERM": TEXTS,
    **dict.fromkeys(("LANG", "LC_ALL"), LOCALES),
}


@dataclass(frozen=True)
class Value:
    """What is odd about a start."""

    name: str
    variables: dict[str, str | bytes | None] = field(default_factory=dict)
    act: Callable[[], None] | None = None
    """Changes descriptors and limits in the child."""
    signals: tuple[int, ...] = ()
    """The signals that may end the command: the kernel sends them at the limit."""
    is_before_python: bool = False
    """Whether only a new process shows it: the interpreter reads it before simpsh begins."""
    is_copied: bool = False
    """Whether a process of the group, left to a subreaper, copies what is written."""
    is_before_programs: bool = False
    """Whether programs loop under it: stdio of the C library repeats a write that returns 0."""


def _open(number: int, path: str, flags: int) -> Callable[[], None]:
    def act() -> None:
        opened = os.open(path, flags)
        os.dup2(opened, number)
        if opened != number:
            os.close(opened)

    return act


def _close(*numbers: int) -> Callable[[], None]:
    return lambda: [os.close(number) for number in numbers] and None


def _write_end(number: int) -> Callable[[], None]:
    """A pipe without a reader."""

    def act() -> None:
        read_end, write_end = os.pipe()
        os.dup2(write_end, number)
        os.close(read_end)
        os.close(write_end)

    return act


def _socket(number: int) -> Callable[[], None]:
    def act() -> None:
        ours, theirs = socket.socketpair()
        os.dup2(ours.detach(), number)
        theirs.close()

    return act


def _memory_of_the_dead(number: int) -> Callable[[], None]:
    """The memory of a process that has ended: a read or a write of it returns 0."""

    def act() -> None:
        pid = os.fork()
        if pid == 0:
            signal.pause()
            os._exit(0)
        _open(number, f"/proc/{pid}/mem", os.O_RDWR)()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    return act


def _small_nonblocking_pipe(number: int) -> Callable[[], None]:
    """A full pipe of one page with O_NONBLOCK; what is written to it is copied to the file."""

    def act() -> None:
        read_end, write_end = os.pipe()
        size = fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 1)
        os.write(write_end, b"." * size)
        os.set_blocking(write_end, False)
        middle = os.fork()
        if middle == 0:
            os.close(write_end)
            if os.fork() == 0:
                os.read(read_end, size)
                while data := os.read(read_end, 1000):
                    os.write(number, data)
            os._exit(0)
        os.waitpid(middle, 0)
        os.close(read_end)
        os.dup2(write_end, number)
        os.close(write_end)

    return act


def _limit(kind: int, soft: int, hard: int | None = None) -> Callable[[], None]:
    def act() -> None:
        highest = resource.getrlimit(kind)[1]
        upper = soft if hard is None else hard
        if highest != resource.RLIM_INFINITY:
            upper = min(upper, highest) if upper != resource.RLIM_INFINITY else highest
        lower = soft if soft != resource.RLIM_INFINITY else upper
        resource.setrlimit(kind, (min(lower, upper) if upper >= 0 else lower, upper))

    return act


def _descriptors() -> Iterator[Value]:
    for number, name in enumerate(("input", "output", "errors")):
        yield Value(f"{name} closed", act=_close(number))
        if number:  # reading it would never end
            yield Value(f"{name} is /dev/full", act=_open(number, "/dev/full", os.O_RDWR))
        yield Value(f"{name} opened for writing", act=_open(number, "/dev/null", os.O_WRONLY))
        yield Value(f"{name} opened for reading", act=_open(number, "/dev/null", os.O_RDONLY))
        yield Value(f"{name} is a path", act=_open(number, "/", os.O_PATH))
        yield Value(f"{name} is a socket", act=_socket(number), signals=(signal.SIGPIPE,))
        dead = _memory_of_the_dead(number)
        yield Value(f"{name} is the memory of the dead", act=dead, is_before_programs=number == 1)
        if number:
            yield Value(
                f"{name} is a full pipe", act=_small_nonblocking_pipe(number), is_copied=True
            )
        pipe = _write_end(number)
        yield Value(f"{name} is a pipe without a reader", act=pipe, signals=(signal.SIGPIPE,))
        directory = _open(number, "/", os.O_RDONLY)
        yield Value(f"{name} is a directory", act=directory, is_before_python=True)
    yield Value("input and output closed", act=_close(0, 1))
    yield Value("all closed", act=_close(0, 1, 2))


def _limits() -> Iterator[Value]:
    for number in (3, 4, 5, 6, 8, 10, 12, 16, 24):
        name = f"{number} descriptors"
        yield Value(name, act=_limit(resource.RLIMIT_NOFILE, number), is_before_python=number < 8)
    yield Value("no file may grow", act=_limit(resource.RLIMIT_FSIZE, 0), signals=(signal.SIGXFSZ,))
    yield Value(
        "1000 bytes a file", act=_limit(resource.RLIMIT_FSIZE, 1000), signals=(signal.SIGXFSZ,)
    )
    for kind, name, number in (
        (resource.RLIMIT_AS, "address space", 64 << 20),
        (resource.RLIMIT_AS, "address space", 256 << 20),
        (resource.RLIMIT_DATA, "data", 16 << 20),
        (resource.RLIMIT_STACK, "stack", 1 << 16),
    ):
        value = f"{number >> 10} KiB of {name}"
        yield Value(value, act=_limit(kind, number), is_before_python=number < 32 << 20)
    yield Value("no processes", act=_limit(resource.RLIMIT_NPROC, 0))
    yield Value(
        "one processor second",
        act=_limit(resource.RLIMIT_CPU, 1, 2),
        signals=(signal.SIGXCPU, signal.SIGKILL),
        is_before_python=True,
    )
    yield Value("no stack", act=_limit(resource.RLIMIT_STACK, 1 << 17, 1 << 17))
    yield Value("endless stack", act=_limit(resource.RLIMIT_STACK, resource.RLIM_INFINITY))
    yield Value("no core", act=_limit(resource.RLIMIT_CORE, 0))
    yield Value("no locked memory", act=_limit(resource.RLIMIT_MEMLOCK, 0))
    yield Value("no message queues", act=_limit(resource.RLIMIT_MSGQUEUE, 0))
    yield Value("no pending signals", act=_limit(resource.RLIMIT_SIGPENDING, 0))


def values() -> list[Value]:
    """Return all odd values."""
    variables = [
        Value(f"{name}: {label}", {name: value})
        for name, given in TABLE.items()
        for label, value in given.items()
    ]
    together = [
        Value(f"HOME and XDG: {label}", dict.fromkeys(DIRECTORIES[:4], value))
        for label, value in PATHS.items()
    ]
    no_home = dict.fromkeys((*DIRECTORIES, "PATH", "TERM", "LANG", "LC_ALL", "USER"))
    return [
        *variables, *together, Value("no variables", no_home), *_descriptors(), *_limits(),
    ]  # fmt: skip


# ---------------------------------------------------------------------------- runs


@dataclass(frozen=True)
class Ended:
    """The end of a command."""

    status: int
    """The exit status, minus the signal, or None after the time limit."""
    output: str
    errors: str
    is_late: bool = False
    left: tuple[str, ...] = ()
    """Temporary files of ours that were left."""


class Scene:
    """A directory with the files that the values name, for one run after the other."""

    def __init__(self, folder: Path) -> None:
        self.place = folder / "place"
        self.place.mkdir()
        (self.place / "file").write_text("a file\n")
        for name, mode in (("unreadable", 0o000), ("foreign", 0o700), ("shared", 0o777)):
            (self.place / name).mkdir(mode=0o700)
            (self.place / name).chmod(mode)
        if os.geteuid() == 0:
            os.chown(self.place / "foreign", 12345, 12345)
        (self.place / "loop").symlink_to("loop")
        os.mkfifo(self.place / "fifo")
        self.folder = folder
        self.number = 0

    def environment(self, value: Value, home: Path) -> dict[bytes, bytes]:
        """Return the environment of a run."""
        base: dict[str, str | bytes | None] = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": f"{home}",
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
            # Before simpsh's first line, Python would keep a half of a module under a limit of the
            # size of files.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.environ.get("PYTHONPATH"),
            **value.variables,
        }
        encoded = {}
        for name, text in base.items():
            if isinstance(text, str):
                text = os.fsencode(text.replace("{place}", f"{self.place}"))
            if text is not None:
                encoded[name.encode()] = text
        return encoded

    def run(self, words: list[str], value: Value, *, is_new: bool, seconds: float = 60) -> Ended:
        """Run simpsh with these words: in a new process, or in a fork of this one."""
        self.number += 1
        own = self.folder / f"run-{self.number}"
        for name, text in FILES.items():
            (own / "work" / name).parent.mkdir(parents=True, exist_ok=True)
            (own / "work" / name).write_text(text)
        (own / "home").mkdir()
        words = [word.replace("{pid}", str(os.getpid())) for word in words]
        environment = self.environment(value, own / "home")
        # A pipe: under a limit of the size of files, errors must still be readable.
        read_end, errors = os.pipe()
        fcntl.fcntl(errors, fcntl.F_SETPIPE_SZ, 1 << 20)
        with open(own / "output", "wb") as output:
            sys.stdout.flush()
            sys.stderr.flush()
            pid = os.fork()
            if pid == 0:
                _become(words, value, environment, own, output.fileno(), errors, is_new)
            os.close(errors)
            status, is_late = _wait(pid, seconds)
            if value.is_copied and not is_late:
                os.waitpid(-pid, 0)
        os.set_blocking(read_end, False)
        with open(read_end, "rb") as pipe:
            errors_text = (pipe.read() or b"").decode(errors="replace")
        left = tuple(
            f"{path.relative_to(own)}"
            for path in own.rglob("*")
            if path.name.startswith(".simpsh-") and path.name != ".simpsh-exercise"
        )
        text = (own / "output").read_bytes().decode(errors="replace")
        return Ended(status, text, errors_text, is_late, left)


def _become(words, value, environment, own, output, errors, is_new) -> None:
    """In the child: take the value, and run simpsh."""
    status = 113
    try:
        os.setsid()
        os.chdir(own / "work")
        null = os.open(os.devnull, os.O_RDONLY)
        for number, opened in enumerate((null, output, errors)):
            os.dup2(opened, number)
        os.closerange(3, 256)
        # pytest replaced them; a command writes to the descriptors, and print() to these.
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(number, "r" if number == 0 else "w", errors=errors, closefd=False)
            for number, errors in enumerate(("strict", "strict", "backslashreplace"))
        )
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        if is_new:
            argv = [*map(os.fsencode, simpsh_command()), *map(os.fsencode, words)]
            if value.act is not None:
                value.act()
            os.execve(argv[0], argv, environment)
        sys.dont_write_bytecode = True
        os.environb.clear()
        os.environb.update(environment)
        tempfile.tempdir = None
        sys.argv = ["simpsh", *words]
        if value.act is not None:
            value.act()
        status = run(words)
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _wait(pid: int, seconds: float) -> tuple[int, bool]:
    end = time.monotonic() + seconds
    while True:
        found, word = os.waitpid(pid, os.WNOHANG)
        if found:
            break
        if time.monotonic() > end:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return 0, True
        time.sleep(0.005)
    return os.waitstatus_to_exitcode(word), False


WRONG = (
    "Traceback (most",
    "Fatal Python error",
    "a defect of simpsh",
    "Exception ignored",
    "core dumped",
)


def complaints(value: Value, usual: Ended, ended: Ended) -> list[str]:
    """Return what is wrong with the end of a command under an odd value."""
    found = []
    if ended.is_late:
        found.append("it runs for ever")
    text = ended.output + ended.errors
    found += [f"{words}: {text[text.index(words) :][:900]!r}" for words in WRONG if words in text]
    if ended.left:
        found.append(f"left {', '.join(ended.left)}")
    if ended.status < 0 and -ended.status not in value.signals:
        found.append(f"killed by {signal.Signals(-ended.status).name}")
    if ended.status >= 128:
        found.append(f"status {ended.status}")
    hears_errors = not value.name.startswith(("errors", "all closed"))
    if ended.status > 0 and ended.status != usual.status and hears_errors:
        lines = [line for line in ended.errors.splitlines() if not line.startswith(("usage:", " "))]
        # A report, such as doctor's, names the reason itself.
        has_report = "missing:" in ended.output
        if not (has_report or any("simpsh: " in line for line in lines)):
            found.append(f"status {ended.status} without a reason: {ended.errors[:300]!r}")
    return found
