"""`family`, `fds`, `diagnose`: the tree of processes, a descriptor table, what a process waits for.

All three look from outside, through /proc.
"""

from __future__ import annotations

import os
import sys

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.wait_status import Stopped
from simpsh.console import show, why, width
from simpsh.process.diagnose.diagnosis import Diagnosis, diagnose
from simpsh.process.file_holders import Holder, PipeHolders, hiding_places, pipe_holders
from simpsh.process.open_files import Descriptor, descriptors
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import Relative, family
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.language.characters import is_number
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.base.signal_names import Signal

_NOTES = {
    "Z": "Z: a zombie has ended and waits for its parent to wait for it",
    "T": "T: stopped by a signal, until SIGCONT comes",
    "t": "t: stopped by its tracer",
    "D": "D: asleep in the kernel, where no signal wakes it",
}
"""What is worth a word when it is seen."""


@builtin(
    "family [pid]",
    "It shows the parent of each process, group by group, and needs no process for this.",
)
def _family(state: State, _services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "", only="process")
    if rest and not (is_number(rest[0]) and len(rest[0]) < 10):
        raise UsageProblem(f"{named(rest[0])}: not a process id")
    pid = int(rest[0]) if rest else state.shell_pid
    try:
        tree = family(pid)
    except OSError as error:
        raise SimpshError(f"{pid}: {why(error)}") from None
    commands = {one.process.pid: command(one.process.pid) for one in tree}
    # Only a terminal's lines have an end.
    show(drawn_family(tree, commands, width() if os.isatty(1) else sys.maxsize))
    return 0


def drawn_family(tree: Sequence[Relative], commands: dict[int, str], width: int) -> str:
    """Return the tree as a table, a line for each process, and what its marks mean.

    Args:
        tree: the processes, each before its children.
        commands: how each is called, by pid.
        width: the columns that a line may have; what is longer is cut.
    """
    branches = _branches([one.depth for one in tree])
    words = [f"{one.process.state} {one.process.state_words.split(',')[0]}" for one in tree]
    wide = max(map(len, ("state", *words)))
    lines = [f"    pid  {'state':<{wide}}   group  session  command"]
    for one, state, branch in zip(tree, words, branches, strict=True):
        process = one.process
        mark = "*" if process.is_foreground else " "
        lines.append(
            f"{process.pid:7}  {state:<{wide}} {process.pgid:7}{mark} {process.sid:7}  "
            f"{branch}{commands[process.pid]}"
        )
    lines = [line if len(line) <= width else line[: width - 1] + "…" for line in lines]
    if any(one.process.is_foreground for one in tree):
        lines.append("*: the terminal's foreground group; keys and ^C ^\\ ^Z go there")
    letters = {one.process.state for one in tree}
    lines += [note for letter, note in _NOTES.items() if letter in letters]
    return "\n".join(lines) + "\n"


def _branches(depths: Sequence[int]) -> list[str]:
    """Return the lines of the tree to the left of each process, from their depths.

    >>> _branches([0, 1, 2, 1])
    ['', '├─ ', '│  └─ ', '└─ ']
    """
    branches = []
    goes_on: set[int] = set()
    # From below: a line goes down to a sibling only if one was met.
    for depth in reversed(depths):
        own = "" if depth == 0 else "├─ " if depth in goes_on else "└─ "
        above = "".join("│  " if level in goes_on else "   " for level in range(1, depth))
        branches.append(above + own)
        goes_on = {level for level in goes_on if level < depth} | {depth}
    return branches[::-1]


_OTHER_END = {"read end": "write end", "write end": "read end"}


@builtin(
    "fds [pid | %job]",
    "A program that was started to look at the shell's table would show its own.",
)
def _fds(state: State, services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "", only="process or job")
    pids = processes_meant(state, services, rest[0]) if rest else (os.getpid(),)
    status = 0
    for number, pid in enumerate(pids):
        try:
            table = descriptors(pid)
        except OSError as error:
            state.complain(f"fds: {pid}: {why(error)}")
            status = 1
            continue
        show(("\n" if number else "") + f"{pid}: {command(pid)}\n" + drawn_descriptors(table))
    return status


def processes_meant(state: State, services: Services, word: str) -> tuple[int, ...]:
    """Return the living processes that a pid or a job such as `%1` means.

    Raises:
        SimpshError: there is no such job, or it has ended.
        UsageProblem: the word is neither.
    """
    if word.startswith("%"):
        services.launcher.collect()
        job = state.jobs.find(word)
        pids = tuple(process.pid for process in job.processes if not process.has_ended)
        if not pids:
            raise SimpshError(f"{named(word)}: this job has ended")
        return pids
    if not (is_number(word) and len(word) < 10):
        raise UsageProblem(f"{named(word)}: neither a process id nor a job such as %1")
    return (int(word),)


def drawn_descriptors(table: Sequence[Descriptor]) -> str:
    """Return the table, a line for each descriptor; below a pipe's, the other end's holders."""
    if not table:
        return "  no descriptor is open\n"
    lines = ["   fd  cloexec  mode    offset  points to"]
    hidden = 0
    for one in table:
        closed = "yes" if one.is_close_on_exec else "-"
        offset = str(one.offset) if one.kind in ("file", "directory") else "-"
        what = one.end or one.kind
        lines.append(
            f"{one.number:5}  {closed:<7}  {one.mode:<4} {offset:>9}  {one.target} ({what})"
        )
        if one.end:
            found = pipe_holders(one)
            hidden = max(hidden, len(found.not_permitted))
            lines += [" " * 33 + line for line in _others(one, found)]
    if hidden:
        lines.append(f"  processes whose tables may not be read by this user: {hidden}")
    return "\n".join(lines) + "\n"


def _others(pipe: Descriptor, found: PipeHolders) -> list[str]:
    """Say who holds the other end of a pipe: as long as a process does, it is not over."""
    ends = {"read end": found.readers, "write end": found.writers}
    wanted = _OTHER_END.get(pipe.end)
    lines = []
    for end, holders in ends.items():
        if wanted in (None, end):
            lines += [f"{end}: {_holder(one)}" for one in holders]
            if not holders:
                lines.append(f"{end}: {_no_holder(end, is_sure=_is_sure(found))}")
    return lines


def _holder(one: Holder) -> str:
    return f"{one.pid} {one.command} (fd {', '.join(map(str, one.numbers))})"


def _is_sure(found: PipeHolders) -> bool:
    return not found.not_permitted and not hiding_places()


def _no_holder(end: str, *, is_sure: bool) -> str:
    if not is_sure:
        return "no process that can be seen"
    return "no process: writing raises SIGPIPE" if end == "read end" else "no process: end of file"


@builtin(
    "diagnose [pid | %job]", "It looks from outside, and knows which processes a job consists of."
)
def _diagnose(state: State, services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "", only="process or job")
    if not rest and state.jobs.current is None:
        raise SimpshError("there is no job; name a process id, see family")
    status = 0
    for pid in processes_meant(state, services, rest[0] if rest else "%+"):
        try:
            found = diagnose(pid, _stop_signal(state, pid))
        except OSError as error:
            state.complain(f"diagnose: {pid}: {why(error)}")
            status = 1
        else:
            show(_shown(found))
    return status


def _stop_signal(state: State, pid: int) -> Signal | None:
    """Return which signal stopped a process of a job: the shell's own wait was told of it."""
    job = state.jobs.job_of(pid)
    status = next((one.status for one in job.processes if one.pid == pid), None) if job else None
    return status.signal if isinstance(status, Stopped) else None


def _shown(found: Diagnosis) -> str:
    if not os.isatty(1):
        # A file or a program gets each sentence on a line of its own.
        return "".join(f"{line}\n" for line in found.lines())
    import textwrap  # slow to load, and needed here only

    lines = []
    for line in found.lines():
        indent = "  " if line.startswith(" ") else ""
        lines += textwrap.wrap(line, width(), subsequent_indent=indent + "  ")
    return "".join(f"{line}\n" for line in lines)
