"""Every subcommand under every fault prints one line, has the right status, and leaves nothing.

Leftovers are processes, terminal modes, files, temporary directories, and descriptors that another
process still holds.
"""

import itertools
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simpsh.cli.command_line import SUBCOMMANDS
from simpsh.cli.option_parser import subcommand_of
from tests.cli.sweep import (
    COMMANDS,
    DEFECTS,
    FAULTS,
    NOT_SWEPT,
    UNSHARE,
    Fault,
    Place,
    complaints,
    end_all,
    faults_of,
    run,
    words_of,
)
from tests.harness.process import become_subreaper, children_of, descendants_of, name_of, send
from tests.harness.sh import simpsh_command, write_program
from tests.harness.terminal import Terminal


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the commands need."""
    made = tmp_path_factory.mktemp("pristine")
    (made / "script.sh").write_text("echo a | cat &&\necho b >f\n")
    (made / "program.py").write_text("print('hello')\n")
    (made / "submissions").mkdir()
    for name in ("ann", "bob"):
        (made / f"submissions/{name}.py").write_text("print('hello')\n")
    for line in (
        "trace -o run.jsonl true",
        "lesson progress -o answers.csv",
        "grade --check true -o judged submissions",
    ):
        argv = [*simpsh_command(), *words_of(line)]
        subprocess.run(argv, cwd=made, capture_output=True, check=True)
    return made


def swept(name: str, fault: Fault, base: Path, pristine: Path) -> list[str]:
    """Run a command under a fault in a place of its own; return what is wrong with its end."""
    base.mkdir()
    place = Place(base, pristine)
    found = complaints(COMMANDS[name], fault, run(COMMANDS[name].line, place, fault), place.work)
    return [f"simpsh {COMMANDS[name].line}, {fault.name}:", *found] if found else []


def test_each_subcommand_is_swept_or_named():
    waiting = [subcommand_of(name) for name in SUBCOMMANDS]
    for subcommand in waiting:
        waiting += [below() for below in subcommand.children.values()]
    names = {one.name for one in waiting if not one.children}
    swept_names = {
        name for name in names for one in COMMANDS.values() if f"{one.line} ".startswith(f"{name} ")
    }
    assert names - swept_names == NOT_SWEPT


USUAL = {
    "shell -c": ("<&- >&- 2>&-", "full disk", "no /proc", "8 descriptors", "1000 bytes a file"),
    "shell cd": ("HOME unset", "PWD relative", "HOME longer than a path may be"),
    "shell -i": ("TERM very long", "input opened for writing"),
    "shell --truth": ("errors is the memory of the dead",),
    "trace": (">&-", "errors is /dev/full"),
    "trace html": ("full disk", "8 descriptors"),
    "explore": ("no /proc", "output is a pipe without a reader"),
    "lesson list": ("output is a full pipe", "COLUMNS overflowing", "XDG_STATE_HOME FIFO"),
    "lesson run": ("2>&-", "full /dev/shm"),
    "lesson exercise check": ("HOME and XDG relative",),
    "doctor": ("no variables", "4 descriptors", "at most 0 processes"),
    "grade": ("<&- >&- 2>&-", "full disk", "1000 bytes a file"),
    "jupyter install": ("5 descriptors",),
}


def can_unshare() -> bool:
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def possible():
    """The faults that can be made here."""
    unshares = can_unshare()
    return {name: fault for name, fault in FAULTS.items() if unshares or not fault.unshares}


@pytest.mark.parametrize("name", USUAL)
def test_a_fault_is_one_line_or_no_fault_at_all(name, tmp_path, pristine, possible):
    for number, fault in enumerate(USUAL[name]):
        if fault in possible:
            assert swept(name, FAULTS[fault], tmp_path / str(number), pristine) == []


@pytest.mark.long("every subcommand under every fault: 2,000 runs")
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", COMMANDS)
def test_every_fault_is_one_line_or_no_fault_at_all(name, tmp_path, pristine, possible):
    faults = [FAULTS[fault] for fault in faults_of(name) if fault in possible]
    found = [
        swept(name, fault, tmp_path / str(number), pristine) for number, fault in enumerate(faults)
    ]
    assert "\n".join("\n".join(lines) for lines in found if lines) == ""


# ------------------------------------------------------------------------- signals while it runs


@dataclass(frozen=True)
class Running:
    """A command that runs at a terminal until a signal ends it."""

    line: str
    program: str = ""
    """The name of a descendant; its existence shows that the work has begun."""
    shows: str = ""
    """A pattern; once the screen matches it, the work has begun."""


RUNNING = {
    "trace": Running("trace sleep 100", "sleep"),
    "trace line": Running("trace -o t.html 'sleep 100 | sleep 100'", "sleep"),
    "explore": Running("explore 'while :; do :; done'", "sh"),
    "step": Running("step 'echo a & echo b'", shows="quit"),
    "step plain": Running("step --plain 'echo a & echo b'", shows=r"^> *\Z"),
    "doctor": Running("doctor", "simpsh"),
    "map": Running("lesson", shows="q quit"),
    "lesson list": Running("lesson list", shows=r"Enter|more"),
    "lesson run": Running("lesson run rule-1 --from 1", shows="your guess"),
    "lesson task": Running("lesson run rule-1 --from 9", shows=r"^>>$"),
    "lesson plain": Running("lesson run rule-1 --plain", shows=r"Enter"),
    "lesson class": Running("lesson class rule-1 --bind 127.0.0.1 --port 0", shows=r"here"),
    "lesson check": Running("lesson check rule-1 rule-2", "simpsh"),
    "lesson site": Running("lesson site site rule-1 rule-2", "simpsh"),
    "exercise check": Running("lesson exercise check two-children sleeper.py", "sleep"),
    "exercise guarded": Running("lesson exercise check small-bomb sleeper.py", "sleep"),
    # The check gets the submission's path as an operand, which sleep would refuse.
    "grade": Running("grade --check \"sh -c 'sleep 100; :'\" submissions", "sleep"),
    "grade unconfined": Running(
        "grade --sandbox none --check \"sh -c 'sleep 100; :'\" submissions", "sleep"
    ),
    "grade exercise": Running("grade --exercise two-children sleepers", "sleep"),
    "grade class of shells": Running("grade --assignment shell shells", "dash"),
    "grade shell": Running("grade shell dash -i", "dash"),
    "shell at its prompt": Running("", shows=r"^>>$"),
    "shell script": Running("-c 'sleep 100; :'", "sleep"),
}
SIGNALS = ("TERM", "HUP", "KILL", "end of terminal")
MOMENTS = ("begun", "0.3 s")
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
def test_a_signal_ends_it_and_leaves_nothing(name, number, moment, tmp_path, pristine):
    place = Place(tmp_path, pristine)
    prepare(place)
    become_subreaper()
    before = children_of(os.getpid())
    terminal = Terminal(
        [*simpsh_command(), *words_of(RUNNING[name].line)],
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
            send(terminal.pid, sent)
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
