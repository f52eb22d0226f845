"""Every subcommand under every fault prints one line, has the right status, and leaves nothing.

A fault is a closed standard stream, a full disk, no /proc, few descriptors, or a signal at some
moment. Leftovers are processes, terminal modes, files, temporary directories, and descriptors that
another process still holds. `make test` runs the cases marked quick, `make test-long` all.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
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
from tests.harness.sh import simpsh_command, write_program
from tests.harness.terminal import Terminal

SECONDS = 40.0
DEFECTS = re.compile(
    r"Traceback|a defect of simpsh|engine broke|tracer broke|that watches broke|"
    r"Exception ignored|Error in|supervisor broke|prompt broke"
)
"""Texts that must never be printed."""


@dataclass(frozen=True)
class Command:
    """A command line, and facts about a run without a fault."""

    words: tuple[str, ...]
    prints: bool = True
    """Whether it writes to standard output."""
    status: int = 0
    files: tuple[str, ...] = ()
    """The files that it writes into the working directory."""
    is_quick: bool = False
    needs_no_proc: bool = False
    """Whether the outcome is the same without /proc."""


COMMANDS = {
    "shell -c": Command(("-c", "echo a | cat && echo b >f"), files=("f",), is_quick=True,
                        needs_no_proc=True),
    "shell file": Command(("script.sh",), files=("f",), needs_no_proc=True),
    "shell -v": Command(("-v", "-c", "echo a | cat"), needs_no_proc=True),
    "shell --trace": Command(("--trace", "r.jsonl", "-c", "echo a | cat"), files=("r.jsonl",)),
    "version": Command(("--version",), needs_no_proc=True),
    "diagnose": Command(("diagnose", "1")),
    "trace": Command(("trace", "true"), prints=False, is_quick=True),
    "trace html": Command(("trace", "-o", "t.html", "true"), prints=False, files=("t.html",),
                          is_quick=True),
    "trace jsonl": Command(("trace", "-o", "r.jsonl", "true"), prints=False, files=("r.jsonl",)),
    "trace show": Command(("trace", "show", "run.jsonl")),
    "explore": Command(("explore", "echo a"), is_quick=True),
    "explore html": Command(("explore", "--html", "e.html", "echo a"), prints=False,
                            files=("e.html",)),
    "step": Command(("step", "--schedule", "P0", "echo a")),
    "doctor": Command(("doctor",)),
    "lesson": Command(("lesson",)),
    "lesson list": Command(("lesson", "list")),
    "lesson run": Command(("lesson", "run", "rule-1", "--auto"), is_quick=True),
    "lesson check": Command(("lesson", "check", "rule-1")),
    "lesson site": Command(("lesson", "site", "site", "rule-1"), files=("site",)),
    "lesson what": Command(("lesson", "what", "fork")),
    "lesson reset": Command(("lesson", "reset")),
    "lesson export": Command(("lesson", "progress", "export", "-o", "p.csv"), prints=False,
                             files=("p.csv",)),
    "lesson report": Command(("lesson", "report", "answers.csv", "-o", "p.html"), prints=False,
                             files=("p.html",)),
    "lesson new": Command(("lesson", "new", "mine"), files=("mine.py",)),
    "exercise list": Command(("lesson", "exercise", "list")),
    "exercise start": Command(("lesson", "exercise", "start", "two-children"),
                              files=("two-children",)),
    "exercise check": Command(("lesson", "exercise", "check", "two-children", "program.py"),
                              status=1),
    "grade": Command(("grade", "--check", "true", "submissions"), files=("results",),
                     is_quick=True),
    "grade unconfined": Command(("grade", "--unconfined", "--check", "true", "submissions"),
                                files=("results",)),
    "grade exercise": Command(("grade", "--exercise", "two-children", "submissions"),
                              files=("results",)),
    "grade merge": Command(("grade", "merge", "judged")),
    "grade shell": Command(("grade", "shell", "--only", "run", "dash", "-i")),
    "completions": Command(("completions", "bash")),
    "jupyter install": Command(("jupyter", "install", "--prefix", "share"), files=("share",)),
}  # fmt: skip


# ------------------------------------------------------------------------------------- the
# directory of a case


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pristine")
    (made / "script.sh").write_text("echo a | cat &&\necho b >f\n")
    (made / "program.py").write_text("print('hello')\n")
    (made / "answers.csv").write_text("")
    submissions = made / "submissions"
    submissions.mkdir()
    for name in ("ann", "bob"):
        (submissions / f"{name}.py").write_text("print('hello')\n")
    for words in (
        ("trace", "-o", "run.jsonl", "true"),
        ("lesson", "progress", "export", "-o", "answers.csv"),
        ("grade", "--check", "true", "-o", "judged", "submissions"),
    ):
        subprocess.run(
            [*simpsh_command(), *typed(words)], cwd=made, capture_output=True, check=True
        )
    return made


def typed(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a command line; `grade --check` also accepts what is not confined here.

    For an ordinary user a check is confined with newuidmap only.
    """
    is_check = words[:2] == ("grade", "--check")
    return ("grade", *accepted(), *words[1:]) if is_check else words


@dataclass
class Place:
    """A directory of one case: work, home, and one for temporary files."""

    base: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("home", "tmp"):
            (self.base / name).mkdir()
        own = {"HOME": "home", "TMPDIR": "tmp", "XDG_CONFIG_HOME": "home/.config"}
        own |= {"XDG_STATE_HOME": "home/.local/state", "XDG_CACHE_HOME": "home/.cache"}
        own |= {"XDG_DATA_HOME": "home/.local/share"}
        self.environment = os.environ | {name: f"{self.base}/{at}" for name, at in own.items()}

    @property
    def work(self) -> Path:
        return self.base / "work"

    def left(self) -> list[str]:
        """Return the leftovers: temporary files anywhere, and processes."""
        found = [f"temporary {path.name}" for path in (self.base / "tmp").iterdir()]
        for folder in ("home", "work"):
            for path in (self.base / folder).rglob("*"):
                if re.search(r"\.tmp|\.new|^new-|^\.simpsh-(?!course)", path.name):
                    found.append(f"file {path.relative_to(self.base)}")
        return found


@pytest.fixture
def place(tmp_path: Path, pristine: Path) -> Place:
    shutil.copytree(pristine, tmp_path / "work")
    return Place(tmp_path)


def living() -> list[int]:
    return [pid for pid in descendants_of(os.getpid()) if state_of(pid) not in (None, "Z", "X")]


def end_all(spared: Sequence[int] = ()) -> list[str]:
    """Wait a while for all processes to end; kill and return those that do not."""
    left: list[int] = []

    def is_over() -> bool:
        left[:] = [pid for pid in living() if pid not in spared]
        return not left

    with contextlib.suppress(AssertionError):
        wait_until(is_over, "a process is left", seconds=20.0)
    named = [f"process {name_of(pid)} ({state_of(pid)})" for pid in left]
    kill_and_collect(lambda: [pid for pid in descendants_of(os.getpid()) if pid not in spared])
    return named


# ------------------------------------------------------------------------- faults from the start


@dataclass(frozen=True)
class Ended:
    status: int
    output: str
    errors: str
    left: list[str]


def run(command: Command, place: Place, prelude: str, unshares: bool = False) -> Ended:
    """Run a command after a line of sh; wait until no process holds its outputs."""
    become_subreaper()
    argv = ["sh", "-c", f'{prelude} exec "$@"', "sh", *simpsh_command(), *typed(command.words)]
    if unshares:
        argv = [*UNSHARE, *argv]
    before = children_of(os.getpid())
    process = subprocess.Popen(
        argv,
        cwd=place.work,
        env=place.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=SECONDS * 3)
    except subprocess.TimeoutExpired:
        process.kill()
        end_all(before)
        output, errors = process.communicate()
        pytest.fail(f"it hangs: {output!r} {errors!r}")
    left = [*end_all(before), *place.left()]
    return Ended(process.returncode, output.decode(), errors.decode(), left)


UNSHARE = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "-rm")


def can_unshare() -> bool:
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


needs_mounts = pytest.mark.skipif(not can_unshare(), reason="no mount namespace may be made here")


def cases(faults: Sequence[str], quick: Sequence[str] | None = None) -> list[object]:
    """Return every command under every fault; cases that are not quick are marked long."""
    made = []
    for name, fault in itertools.product(COMMANDS, faults):
        is_quick = COMMANDS[name].is_quick and (quick is None or fault in quick)
        marks = [] if is_quick else [pytest.mark.long("every subcommand under every fault")]
        made.append(pytest.param(name, fault, id=f"{name} {fault}", marks=marks))
    return made


def complaints_of(command: Command, ended: Ended, *, may_fail: bool) -> list[str]:
    """Return the defects in the outcome of `command` under a fault."""
    wrong = [*ended.left]
    if defect := DEFECTS.search(ended.output + ended.errors):
        wrong.append(f"it says {defect[0]!r}")
    if ended.status < 0:
        wrong.append(f"it was killed by signal {-ended.status}")
    if ended.status not in (0, command.status):
        if not may_fail:
            wrong.append(f"status {ended.status}")
        if not ended.errors + ended.output:
            wrong.append("not a word")
    return [*wrong, ended.errors] if wrong else []


CLOSINGS = ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"]


@pytest.mark.usual("trace >&-", "grade <&- >&- 2>&-")
@pytest.mark.long("every subcommand with every stream closed")
@pytest.mark.parametrize(("name", "closing"), cases(CLOSINGS, (">&-", "<&- >&- 2>&-")))
def test_closed_streams_are_no_defect_and_mix_up_no_files(name, closing, place):
    command = COMMANDS[name]
    ended = run(command, place, f"exec {closing};")
    fails = command.prints and re.search(r"(?<!2)>", closing) is not None
    # Without standard error no reason can be printed.
    errors = ended.errors or ("closed" if "2>&-" in closing else "")
    wrong = complaints_of(command, replace(ended, errors=errors), may_fail=fails)
    if fails and ended.status == 0:
        wrong.append("status 0, and nothing was printed")
    for file in command.files if not fails else ():
        written = place.work / file
        if not written.exists():
            wrong.append(f"no {file}")
        elif written.is_file() and DEFECTS.search(written.read_text()):
            wrong.append(f"a message in {file}")
    assert not wrong


FULL = {
    # The directory of the case becomes a file system without space.
    "disk": """
        kept=/dev/shm/kept-$$ base=$(dirname "$PWD")
        cp -a "$base" $kept && mount -t tmpfs -o size=64m full "$base" &&
        cp -a $kept/. "$base" && rm -rf $kept && cd "$base/work" || exit 99
        cat /dev/zero >../fill 2>/dev/null;
        """,
    "/dev/shm": """
        mount -t tmpfs -o size=8k,nr_inodes=3 full /dev/shm || exit 99
        cat /dev/zero >/dev/shm/fill 2>/dev/null; touch /dev/shm/a /dev/shm/b 2>/dev/null;
        """,
}


@needs_mounts
@pytest.mark.parametrize(("name", "kind"), cases([*FULL], ("disk",)))
def test_a_full_disk_is_one_line_and_a_status(name, kind, place):
    command = COMMANDS[name]
    ended = run(command, place, FULL[kind], unshares=True)
    wrong = complaints_of(command, ended, may_fail=True)
    assert ended.status != 99, ended.errors
    if kind == "disk" and command.files and not ended.status:
        wrong.append("status 0, and nothing was written")
    assert not wrong


@needs_mounts
@pytest.mark.parametrize(("name", "_fault"), cases(["no /proc"]))
def test_without_proc_it_works_or_says_why_not(name, _fault, place):
    command = COMMANDS[name]
    ended = run(command, place, "mount -t tmpfs none /proc;", unshares=True)
    wrong = complaints_of(command, ended, may_fail=not command.needs_no_proc)
    if name.startswith("shell -c") and ended.output != "a\n":
        wrong.append(f"it prints {ended.output!r}")
    assert not wrong


LIMITS = [f"{number} descriptors" for number in (4, 5, 6, 8, 10, 12, 16, 24)]


@pytest.mark.parametrize(("name", "limit"), cases(LIMITS, ("8 descriptors",)))
def test_few_descriptors_are_one_line_and_a_status(name, limit, place):
    command = COMMANDS[name]
    ended = run(command, place, f"ulimit -n {limit.split()[0]};")
    wrong = complaints_of(command, ended, may_fail=True)
    # The report of a check that fails is longer.
    is_silent = ended.status not in (0, command.status) and not ended.output
    limit_words = r"simpsh: .*(ulimit -n|Too many open files|fails the check).*\n"
    if is_silent and not re.fullmatch(limit_words, ended.errors):
        wrong.append(f"it names no limit, or more than that: {ended.errors}")
    assert not wrong


# ------------------------------------------------------------------------- signals while it runs


@dataclass(frozen=True)
class Running:
    """A command that runs at a terminal until a signal ends it."""

    words: tuple[str, ...]
    program: str = ""
    """The name of a descendant; its existence shows that the work has begun."""
    shows: str = ""
    """A pattern; once the screen matches it, the work has begun."""


RUNNING = {
    "trace": Running(("trace", "sleep", "100"), "sleep"),
    "trace line": Running(("trace", "-o", "t.html", "sleep 100 | sleep 100"), "sleep"),
    "explore": Running(("explore", "while :; do :; done"), "sh"),
    "step": Running(("step", "echo a & echo b"), shows="quit"),
    "step plain": Running(("step", "--plain", "echo a & echo b"), shows=r"^> *\Z"),
    "diagnose --watch": Running(("diagnose", "--watch", "1"), shows="1"),
    "watch": Running(("watch", "1"), shows="P0|sh|init|systemd"),
    "doctor": Running(("doctor",), "simpsh"),
    "map": Running(("lesson",), shows="q quit"),
    "lesson list": Running(("lesson", "list"), shows=r"Enter|more"),
    "lesson run": Running(("lesson", "run", "rule-1", "--from", "1"), shows="your guess"),
    "lesson task": Running(("lesson", "run", "rule-1", "--from", "9"), shows=r"^>>$"),
    "lesson plain": Running(("lesson", "run", "rule-1", "--plain"), shows=r"Enter"),
    "lesson --class": Running(
        ("lesson", "run", "rule-1", "--class", "--bind", "127.0.0.1", "--port", "0"),
        shows=r"here",
    ),
    "lesson check": Running(("lesson", "check", "rule-1", "rule-2"), "simpsh"),
    "lesson site": Running(("lesson", "site", "site", "rule-1", "rule-2"), "simpsh"),
    "exercise check": Running(("lesson", "exercise", "check", "two-children", "sleeper.py"),
                              "sleep"),
    "exercise guarded": Running(("lesson", "exercise", "check", "small-bomb", "sleeper.py"),
                                "sleep"),
    "grade": Running(
        # The check gets the submission's path as an operand, which sleep would refuse.
        ("grade", "--check", "sh -c 'sleep 100; :'", "submissions"), "sleep",
    ),
    "grade unconfined": Running(
        # The check gets the submission's path as an operand, which sleep would refuse.
        ("grade", "--unconfined", "--check", "sh -c 'sleep 100; :'", "submissions"), "sleep",
    ),
    "grade exercise": Running(("grade", "--exercise", "two-children", "sleepers"), "sleep"),
    "grade class of shells": Running(("grade", "--shell", "shells"), "dash"),
    "grade shell": Running(("grade", "shell", "dash", "-i"), "dash"),
    "shell at its prompt": Running((), shows=r"^>>$"),
    "shell script": Running(("-c", "sleep 100; :"), "sleep"),
}  # fmt: skip
SIGNALS = ("TERM", "HUP", "KILL", "end of terminal")
MOMENTS = ("begun", "0.1 s", "0.3 s", "0.6 s", "1.0 s", "1.8 s")
_MODES = (b"25", b"1000", b"1002", b"1003", b"1006", b"1049", b"2004")
"""Private modes of the terminal; all are usually off, except the first, which shows the cursor."""


def signal_cases() -> Iterator[object]:
    for name, number, moment in itertools.product(RUNNING, SIGNALS, MOMENTS):
        if name == "shell at its prompt" and number == "TERM":
            continue  # an interactive shell ignores it
        yield pytest.param(name, number, moment, id=f"{name} {number} {moment}")


def wait_until_begun(running: Running, terminal: Terminal) -> None:
    if running.program:
        terminal.wait_until(
            lambda: running.program in map(name_of, descendants_of(terminal.pid)),
            f"no {running.program} was started",
        )
    else:
        terminal.wait(running.shows)


def modes_left(terminal: Terminal) -> list[str]:
    """Return the private modes that differ from the usual once no process holds the terminal."""
    terminal.wait_until(lambda: terminal.ended or not terminal.pump(1.0), "it is still held")
    left = []
    for mode in _MODES:
        states = re.findall(rb"\x1b\[\?(?:\d+;)*%s(?:;\d+)*([hl])" % mode, bytes(terminal.raw))
        usual = b"h" if mode == b"25" else b"l"
        if states and states[-1] != usual:
            left.append(f"mode ?{mode.decode()} of the terminal")
    return left


def prepare(place: Place) -> None:
    """Add programs and submissions that run until they are killed."""
    sleeper = "import os\nos.execvp('sleep', ['sleep', '100'])\n"
    (place.work / "sleeper.py").write_text(sleeper)
    for folder, suffix, text in (
        ("sleepers", ".py", sleeper),
        ("shells", "", "#!/bin/sh\nexec dash -i\n"),
    ):
        for student in ("ann", "bob"):
            write_program(place.work / folder / f"{student}{suffix}", text)


@pytest.mark.usual("trace TERM begun", "grade HUP begun")
@pytest.mark.long("every subcommand, signal and moment")
@pytest.mark.parametrize(("name", "number", "moment"), [*signal_cases()])
def test_a_signal_ends_it_and_leaves_nothing(name, number, moment, place):
    prepare(place)
    become_subreaper()
    before = children_of(os.getpid())
    terminal = Terminal(
        [*simpsh_command(), *typed(RUNNING[name].words)],
        environment=place.environment,
        directory=place.work,
    )
    # Keep it open: a terminal loses its modes with its last descriptor.
    held = os.open(f"/proc/{terminal.pid}/fd/0", os.O_RDWR | os.O_NOCTTY)
    modes = terminal.modes()
    try:
        if moment == "begun":
            wait_until_begun(RUNNING[name], terminal)
        else:
            deadline = time.monotonic() + float(moment.split()[0])
            while (left := deadline - time.monotonic()) > 0 and not terminal.ended:
                terminal.pump(left)
        sent = signal.SIGHUP if number == "end of terminal" else signal.Signals[f"SIG{number}"]
        if number == "end of terminal":
            terminal.hang_up()
        else:
            os.kill(terminal.pid, sent)
        status = terminal.wait_exit()
        is_late = moment != "begun" and status in (0, 1)
        wrong = [] if status == -sent or is_late else [f"status {status}"]
        left = [*end_all(before), *place.left()]
        # A file has a temporary name until it is complete; SIGKILL leaves that file.
        wrong += [each for each in left if number != "KILL" or not each.startswith("file")]
        if number in ("TERM", "HUP"):
            wrong += [] if terminal.modes() == modes else ["modes of the terminal"]
            os.close(held)
            held = -1
            wrong += modes_left(terminal)
        if defect := DEFECTS.search(bytes(terminal.raw).decode(errors="replace")):
            wrong.append(f"it says {defect[0]!r}")
        assert not wrong, terminal.report()
    finally:
        if held >= 0:
            os.close(held)
        terminal.close()
        end_all(before)
