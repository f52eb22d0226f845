"""The commands of the sweep, the faults under which they run, and a run in a place of its own.

A fault is anything odd about a start: variables, descriptors, limits, a full disk, no /proc.
"""

import contextlib
import fcntl
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.grade.confinement import accepted
from tests.harness.process import (
    become_subreaper,
    children_of,
    descendants_of,
    kill_and_collect,
    name_of,
    state_of,
    wait_until,
)
from tests.harness.sh import simpsh_command

SECONDS = 120.0
DEFECTS = re.compile(
    r"Traceback \(most|Fatal Python error|a defect of simpsh|engine broke|tracer broke|"
    r"that watches broke|Exception ignored|Error in|supervisor broke|prompt broke|core dumped"
)
"""Texts that must never be printed."""


@dataclass(frozen=True)
class Command:
    """A command line, and facts about a run without a fault."""

    line: str
    prints: bool = True
    """Whether it writes to standard output."""
    status: int = 0
    files: tuple[str, ...] = ()
    """The files that it writes into the working directory."""
    needs_no_proc: bool = False
    """Whether the outcome is the same without /proc."""


COMMANDS = {
    "shell -c": Command("-c 'echo a | cat && echo b >f'", files=("f",), needs_no_proc=True),
    "shell file": Command("script.sh", files=("f",), needs_no_proc=True),
    "shell cd": Command("-c 'cd; cd /; cd -; pwd; echo ~ ~root $PWD; cd no'", status=1),
    "shell -l": Command("-l -c 'cat <<E; f() { (echo a; /bin/true); }; f; exec true\ntext\nE\n'"),
    "shell -i": Command("-i", prints=False),
    "shell -v": Command("-v -c 'echo a | cat'", needs_no_proc=True),
    "shell --truth": Command("--truth -c 'echo a'"),
    "version": Command("--version", needs_no_proc=True),
    "diagnose": Command("diagnose 1"),
    "trace": Command("trace true", prints=False),
    "trace html": Command("trace -o t.html true", prints=False, files=("t.html",)),
    "trace jsonl": Command("trace -o r.jsonl true", prints=False, files=("r.jsonl",)),
    "trace show": Command("trace show run.jsonl"),
    "explore": Command("explore 'echo a'"),
    "explore html": Command("explore --html e.html 'echo a'", prints=False, files=("e.html",)),
    "step": Command("step --schedule P0 'echo a'"),
    "doctor": Command("doctor"),
    "lesson": Command("lesson"),
    "lesson list": Command("lesson list"),
    "lesson run": Command("lesson run rule-1"),
    "lesson show": Command("lesson show rule-1 --plain"),
    "lesson check": Command("lesson check rule-1"),
    "lesson site": Command("lesson site site rule-1", files=("site",)),
    "lesson reset": Command("lesson reset"),
    "lesson progress": Command("lesson progress -o p.csv", prints=False,
                                      files=("p.csv",)),
    "lesson report": Command("lesson report answers.csv -o p.csv", prints=False,
                             files=("p.csv",)),
    "lesson new": Command("lesson new mine", files=("mine.py",)),
    "lesson exercise list": Command("lesson exercise list"),
    "lesson exercise start": Command("lesson exercise start two-children",
                                     files=("two-children",)),
    "lesson exercise hint": Command("lesson exercise hint two-children"),
    "lesson exercise check": Command("lesson exercise check two-children program.py", status=1),
    "grade": Command("grade --check true submissions", files=("results",)),
    "grade unconfined": Command("grade --sandbox none --check true submissions",
                                files=("results",)),
    "grade exercise": Command("grade --exercise two-children submissions", files=("results",)),
    "grade one file": Command("grade --exercise two-children program.py", files=("results",)),
    "grade shell": Command("grade shell --only run dash -i"),
    "grade assignment list": Command("grade assignment list"),
    "grade assignment new": Command("grade assignment new mine.toml", files=("mine.toml",)),
    "jupyter install": Command("jupyter install"),
}  # fmt: skip
NOT_SWEPT = {
    "grade assignment check", "grade try", "jupyter kernel", "jupyter shell",
    "lesson class", "lesson exercise solution", "lesson test",
}  # fmt: skip
"""Subcommands with tests of their faults of their own, or that only read the course."""


# ---------------------------------------------------------------------------- faults

UNSHARE = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "-rm")
FULL_DISK = """
kept=/dev/shm/kept-$$ base=$(dirname "$PWD")
cp -a "$base" $kept && mount -t tmpfs -o size=64m full "$base" &&
cp -a $kept/. "$base" && rm -rf $kept && cd "$base/work" || exit 99
cat /dev/zero >../fill 2>/dev/null;
"""
FULL_SHM = """
mount -t tmpfs -o size=8k,nr_inodes=3 full /dev/shm || exit 99
cat /dev/zero >/dev/shm/fill 2>/dev/null; touch /dev/shm/a /dev/shm/b 2>/dev/null;
"""


@dataclass(frozen=True)
class Fault:
    """Something odd about a start."""

    name: str
    variables: Mapping[str, str | bytes | None] = field(default_factory=dict)
    act: Callable[[], None] | None = None
    """Changes descriptors or limits of the new process."""
    prelude: str = ""
    """A line of sh before the command."""
    unshares: bool = False
    """Whether the line mounts something."""
    signals: tuple[signal.Signals, ...] = ()
    """The signals that may end the command: the kernel sends them at a limit."""
    has_errors: bool = True
    """Whether the test can read standard error."""
    reason: str = r"(?s).*(simpsh|cat): .*"
    """The pattern of the errors if the command fails and prints nothing."""
    may_fail: Callable[[Command], bool] = lambda _: True
    must_fail: Callable[[Command], bool] = lambda _: False


def _closing(*descriptors: int) -> Fault:
    name = " ".join(f"{'<>2'[number]}{'>' * (number == 2)}&-" for number in descriptors)

    def fails(command: Command) -> bool:
        return command.prints and 1 in descriptors

    return Fault(
        name,
        prelude=f"exec {name};",
        has_errors=2 not in descriptors,
        may_fail=fails,
        must_fail=fails,
    )


def open_as(number: int, path: str, flags: int) -> Callable[[], None]:
    """Return an act that opens a file as this descriptor."""

    def act() -> None:
        opened = os.open(path, flags)
        os.dup2(opened, number)
        if opened != number:
            os.close(opened)

    return act


def _write_end(number: int) -> Callable[[], None]:
    """Return an act that puts a pipe without a reader there."""

    def act() -> None:
        read_end, write_end = os.pipe()
        os.dup2(write_end, number)
        os.close(read_end)
        os.close(write_end)

    return act


def _memory_of_the_dead(number: int) -> Callable[[], None]:
    """Return an act: the memory of a process that has ended; reads and writes of it return 0."""

    def act() -> None:
        pid = os.fork()
        if pid == 0:
            signal.pause()
            os._exit(0)
        open_as(number, f"/proc/{pid}/mem", os.O_RDWR)()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    return act


def _full_nonblocking_pipe(number: int) -> Callable[[], None]:
    """Return an act: a full pipe of one page with O_NONBLOCK; an orphan copies what comes."""

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


def limit(kind: int, soft: int, hard: int | None = None) -> Callable[[], None]:
    """Return an act that sets a limit, as far as the present hard limit permits it."""

    def act() -> None:
        highest = resource.getrlimit(kind)[1]
        upper = soft if hard is None else hard
        if highest != resource.RLIM_INFINITY:
            upper = min(upper, highest) if upper != resource.RLIM_INFINITY else highest
        lower = soft if soft != resource.RLIM_INFINITY else upper
        resource.setrlimit(kind, (min(lower, upper) if upper >= 0 else lower, upper))

    return act


def _of_descriptors() -> Iterator[Fault]:
    for descriptors in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
        yield _closing(*descriptors)
    for number, name in enumerate(("input", "output", "errors")):
        yield from (replace(fault, has_errors=number != 2) for fault in _of_one(number, name))


def _of_one(number: int, name: str) -> Iterator[Fault]:
    """Yield the faults of one standard stream."""
    pipe = (signal.SIGPIPE,)
    yield Fault(f"{name} opened for writing", act=open_as(number, "/dev/null", os.O_WRONLY))
    yield Fault(f"{name} opened for reading", act=open_as(number, "/dev/null", os.O_RDONLY))
    yield Fault(f"{name} is a pipe without a reader", act=_write_end(number), signals=pipe)
    yield Fault(f"{name} is the memory of the dead", act=_memory_of_the_dead(number))
    if number:  # reading them would never end
        yield Fault(f"{name} is /dev/full", act=open_as(number, "/dev/full", os.O_RDWR))
        yield Fault(f"{name} is a full pipe", act=_full_nonblocking_pipe(number))


def _of_limits() -> Iterator[Fault]:
    for number in (4, 5, 8, 16):
        few = r"(simpsh [\d.]+ .*\n)?simpsh: .*(ulimit -n|Too many open files|fails the check).*\n"
        yield Fault(f"{number} descriptors", prelude=f"ulimit -n {number};", reason=few)
    act = limit(resource.RLIMIT_FSIZE, 1000)
    yield Fault("1000 bytes a file", act=act, signals=(signal.SIGXFSZ,))
    for kind, name, number in (
        (resource.RLIMIT_AS, "address space", 256 << 20),
        (resource.RLIMIT_STACK, "stack", resource.RLIM_INFINITY),
        (resource.RLIMIT_SIGPENDING, "pending signals", 0),
    ):
        yield Fault(f"{name}: {number}", act=limit(kind, number, resource.RLIM_INFINITY))
    yield Fault("at most 0 processes", act=limit(resource.RLIMIT_NPROC, 0))


DIRECTORIES = ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TMPDIR", "PWD")
PATHS: dict[str, str | bytes | None] = {
    "unset": None,
    "empty": "",
    "relative": "a/b/c",
    "missing": "/nonexistent/home",
    "below a file": "{work}/script.sh/home",
    "unreadable": "{work}/unreadable",
    "of another owner": "{work}/foreign",
    "writable for all": "{work}/shared",
    "symlink loop": "{work}/loop",
    "FIFO": "{work}/fifo",
    "longer than a path may be": ("/" + "x" * 200) * 30,
    "not UTF-8": b"/tmp/\xff\xfe",
    "control characters": "/tmp/\x1b[2J\n\x07x",
}
NUMBERS: dict[str, str | bytes | None] = {
    "negative": "-5",
    "overflowing": "9" * 40,
    "superscript": "²",
    "not UTF-8": b"\xff",
    "very long": "8" * 100_000,
}
TEXTS: dict[str, str | bytes | None] = {
    "unset": None,
    "unknown": "no-such-name",
    "not UTF-8": b"\xff\xfe",
    "control characters": "\x1b[2J\n",
    "very long": "x" * 100_000,
}
VALUES = {
    **dict.fromkeys((*DIRECTORIES, "PATH"), PATHS),
    **dict.fromkeys(("COLUMNS", "SIMPSH_PATIENCE"), NUMBERS),
    **dict.fromkeys(("TERM", "LC_ALL"), TEXTS),
}
OF_VARIABLES = ("shell cd", "shell -l", "shell -i", "lesson list")
"""The commands that are tried with each value of a variable."""


def _of_variables() -> Iterator[Fault]:
    for name, values in VALUES.items():
        yield from (Fault(f"{name} {label}", {name: value}) for label, value in values.items())
    for label, value in PATHS.items():
        yield Fault(f"HOME and XDG {label}", dict.fromkeys(DIRECTORIES[:4], value))
    none = dict.fromkeys((*DIRECTORIES, "PATH", "TERM", "LANG", "LC_ALL", "USER"))
    yield Fault("no variables", none)


VARIABLES = {fault.name: fault for fault in _of_variables()}
FAULTS = {
    fault.name: fault
    for fault in (
        Fault("full disk", prelude=FULL_DISK, unshares=True, must_fail=lambda one: bool(one.files)),
        Fault("full /dev/shm", prelude=FULL_SHM, unshares=True),
        Fault(
            "no /proc",
            prelude="mount -t tmpfs none /proc;",
            unshares=True,
            may_fail=lambda one: not one.needs_no_proc,
        ),
        *_of_descriptors(),
        *_of_limits(),
        *VARIABLES.values(),
    )
}


def faults_of(name: str) -> Iterator[str]:
    """Yield the faults that a command is tried with in the whole sweep."""
    # stdio of the C library repeats a write that returns 0.
    faults = [fault for fault in FAULTS if fault != "output is the memory of the dead"]
    return (fault for fault in faults if fault not in VARIABLES or name in OF_VARIABLES)


# ---------------------------------------------------------------------------- runs


@dataclass
class Place:
    """A directory of one run: a copy of `pristine` as work, a home, one for temporary files."""

    base: Path
    pristine: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shutil.copytree(self.pristine, self.work)
        for name in ("home", "tmp", "work/unreadable", "work/foreign", "work/shared"):
            (self.base / name).mkdir(parents=True)
        (self.work / "unreadable").chmod(0)
        (self.work / "shared").chmod(0o777)
        if os.geteuid() == 0:
            os.chown(self.work / "foreign", 12345, 12345)
        (self.work / "loop").symlink_to("loop")
        os.mkfifo(self.work / "fifo")
        own = {"HOME": "home", "TMPDIR": "tmp", "XDG_CONFIG_HOME": "home/.config"}
        own |= {"XDG_STATE_HOME": "home/.local/state", "XDG_CACHE_HOME": "home/.cache"}
        own |= {"XDG_DATA_HOME": "home/.local/share"}
        self.environment = os.environ | {name: f"{self.base}/{at}" for name, at in own.items()}

    @property
    def work(self) -> Path:
        return self.base / "work"

    def under(self, fault: Fault) -> dict[bytes, bytes]:
        """Return the environment under a fault."""
        # Before simpsh's first line, Python would keep half of a module under a limit of sizes.
        variables = self.environment | {"PYTHONDONTWRITEBYTECODE": "1"} | fault.variables
        encoded = {}
        for name, value in variables.items():
            if isinstance(value, str):
                value = os.fsencode(value.replace("{work}", f"{self.work}"))
            if value is not None:
                encoded[name.encode()] = value
        return encoded

    def left(self) -> list[str]:
        """Return the temporary files that are left anywhere."""
        # IPython, too, makes temporary directories.
        found = [f"temporary {path.name}" for path in (self.base / "tmp").glob("simpsh*")]
        for folder in ("home", "work"):
            for path in (self.base / folder).rglob("*"):
                if re.search(r"\.tmp|\.new|^new-|^\.simpsh-(?!course|exercise)", path.name):
                    found.append(f"file {path.relative_to(self.base)}")
        return found


@dataclass(frozen=True)
class Ended:
    """The end of a command."""

    status: int
    """The exit status, or minus the signal."""
    output: str
    errors: str
    left: Sequence[str]
    """The processes and the files that were left."""


def words_of(line: str) -> list[str]:
    """Return the words of a command line.

    `grade --check` also accepts what is not confined here.
    """
    words = shlex.split(line)
    return ["grade", *accepted(), *words[1:]] if words[:2] == ["grade", "--check"] else words


def run(line: str, place: Place, fault: Fault) -> Ended:
    """Run simpsh under a fault; wait until no process holds its outputs."""
    become_subreaper()
    argv = [*simpsh_command(), *words_of(line)]
    if fault.prelude:
        argv = ["sh", "-c", f'{fault.prelude} exec "$@"', "sh", *argv]
    if fault.unshares:
        argv = [*UNSHARE, *argv]
    before = children_of(os.getpid())
    process = subprocess.Popen(
        argv,
        cwd=place.work,
        env=place.under(fault),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=fault.act,
    )
    try:
        output, errors = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        end_all(before)
        output, errors = process.communicate()
        pytest.fail(f"it hangs: {output!r} {errors!r}")
    left = [*end_all(before), *place.left()]
    texts = [text.decode(errors="replace") for text in (output, errors)]
    return Ended(process.returncode, *texts, left)


def end_all(spared: Sequence[int] = ()) -> list[str]:
    """Wait a while for all processes to end; kill and return those that do not."""
    left: list[int] = []

    def is_over() -> bool:
        living = [pid for pid in descendants_of(os.getpid()) if state_of(pid) not in (None, *"ZX")]
        left[:] = [pid for pid in living if pid not in spared]
        return not left

    with contextlib.suppress(AssertionError):
        wait_until(is_over, "a process is left", seconds=20.0)
    named = [f"process {name_of(pid)} ({state_of(pid)})" for pid in left]
    kill_and_collect(lambda: [pid for pid in descendants_of(os.getpid()) if pid not in spared])
    return named


def complaints(command: Command, fault: Fault, ended: Ended, work: Path) -> list[str]:
    """Return what is wrong with the end of a command under a fault."""
    wrong = [*ended.left]
    if defect := DEFECTS.search(ended.output + ended.errors):
        wrong.append(f"it prints {defect[0]!r}")
    # A shell's status is 128 and the number if a signal ended its last program.
    number = -ended.status if ended.status < 0 else max(0, ended.status - 128)
    if number and number not in fault.signals:
        wrong.append(f"signal {number} ended it")
    if ended.status not in (0, command.status):
        if not fault.may_fail(command):
            wrong.append("it fails, although it could work")
        is_silent = not number and fault.has_errors and not ended.output
        if is_silent and not re.fullmatch(fault.reason, ended.errors):
            wrong.append("it gives no reason, or more than that")
    else:
        if fault.must_fail(command) and not ended.status:
            wrong.append("status 0, although it cannot work")
        for path in (work / name for name in command.files):
            if not path.exists():
                wrong.append(f"no {path.name}")
            elif path.is_file() and DEFECTS.search(path.read_text()):
                wrong.append(f"a message in {path.name}")
    return [*wrong, f"status {ended.status}", ended.output, ended.errors] if wrong else []
