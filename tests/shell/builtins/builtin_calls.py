"""Call a builtin in this process, as the dispatcher would, and capture its output.

Changes to the process (working directory, umask, descriptors) are undone.
"""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from simpsh.base.errors import SimpshError
from simpsh.console import in_words
from simpsh.shell.builtins.builtin_registry import Services, find
from simpsh.shell.jobs.interrupts import Interrupts
from simpsh.shell.jobs.job_context import JobContext
from simpsh.shell.jobs.launcher import Launcher
from simpsh.shell.jobs.shell_signals import Dispositions
from simpsh.shell.shell import Shell
from simpsh.shell.state import State


@dataclass(frozen=True)
class Answer:
    status: int
    output: str
    error: str


def shell(**variables: str) -> State:
    """A shell's state with these exported variables."""
    return State(variables)


def services(state: State) -> Shell:
    """Return the services of a shell with this state and a real launcher."""
    return Shell(state, Launcher(JobContext(state, Dispositions(), Interrupts())))


@contextmanager
def restored_process() -> Iterator[None]:
    """Restore the process: working directory, umask, dispositions of signals."""
    here = os.open(".", os.O_RDONLY)
    mask = os.umask(0)
    os.umask(mask)
    numbers = [n for n in signal.valid_signals() if n not in (9, 19)]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        os.fchdir(here)
        os.close(here)
        os.umask(mask)
        for number, action in before.items():
            if signal.getsignal(number) != action and action is not None:
                signal.signal(number, action)


def call(
    state: State,
    name: str,
    *operands: str,
    given: bytes | int = b"",
    acting: Services | None = None,
) -> Answer:
    """Run a builtin with `given` – bytes in a file, or a descriptor – as standard input.

    `acting` replaces the object that runs commands.
    """
    builtin = find(name)
    assert builtin is not None
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with _redirected(out.fileno(), err.fileno(), given):
            try:
                status = builtin.run(state, acting or services(state), list(operands))
            except SimpshError as problem:
                status = problem.status
                os.write(2, os.fsencode(f"{name}: {problem}\n"))
            except OSError as problem:
                status = 1
                os.write(2, os.fsencode(f"{name}: {in_words(problem)}\n"))
        out.seek(0)
        err.seek(0)
        return Answer(status, os.fsdecode(out.read()), os.fsdecode(err.read()))


@contextmanager
def _redirected(out: int, err: int, given: bytes | int) -> Iterator[None]:
    saved = [os.dup(number) for number in (0, 1, 2)]
    with tempfile.TemporaryFile() as file:
        if isinstance(given, bytes):
            file.write(given)
            file.seek(0)
            given = file.fileno()
        for number, target in enumerate((given, out, err)):
            os.dup2(target, number)
        try:
            yield
        finally:
            for number, target in enumerate(saved):
                os.dup2(target, number)
                os.close(target)
