"""`family`, `fds` and `diagnose`: show processes through /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import escaped, named, shorten
from simpsh.base.screen_cells import between_words, width_of
from simpsh.base.wait_status import Stopped
from simpsh.console import colours, room, show_lines, why, width
from simpsh.diagnosis.answer import SHORT_PROOF, diagnose
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.process.file_holders import PipeHolders, hiding_places, pipe_holders
from simpsh.process.open_files import Descriptor, descriptors
from simpsh.process.proc import contents
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import Relative, family, names_in
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.jobs.job_table import written
from simpsh.shell.language.characters import is_number
from simpsh.shell.state import State
from simpsh.view.styled_text import Block, Piece, cut, lane_style, line, painted, plain

_NOTES = {
    "Z": "Z: a zombie has ended and waits for its parent to wait for it",
    "T": "T: stopped by a signal, until SIGCONT comes",
    "t": "t: stopped by its tracer",
    "D": "D: asleep in the kernel, where no signal wakes it",
}
"""Explanations of states, printed if a process is in one."""


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
    commands = {member.process.pid: command(member.process.pid) for member in tree}
    if state.record is not None:
        own = contents(state.shell_pid, "cmdline")
        for pid, text in state.record.copies().items():
            if pid in commands and contents(pid, "cmdline") == own:
                commands[pid] = escaped(f"simpsh: {written(text)}")
    rows = draw_family(tree, names_in(tree), commands, room())
    tones = colours(variables=state.variables)
    show_lines((painted(row, tones) if tones else plain(row) for row in rows), is_painted=True)
    return 0


def draw_family(
    tree: Sequence[Relative], names: Mapping[int, str], commands: Mapping[int, str], width: int
) -> Block:
    """Return the tree as a table with a row for each process, and an explanation of its marks.

    Rows are cut at `width`.
    """
    branches: list[str] = []
    has_sibling: set[int] = set()
    # Go from the last row up: a branch continues down only if a sibling follows.
    for depth in (member.depth for member in reversed(tree)):
        branch = "" if depth == 0 else "├─ " if depth in has_sibling else "└─ "
        above = "".join("│  " if level in has_sibling else "   " for level in range(1, depth))
        branches.insert(0, above + branch)
        has_sibling = {level for level in has_sibling if level < depth} | {depth}
    processes = [member.process for member in tree]
    words = [f"{process.state} {process.state_words.split(',')[0]}" for process in processes]
    wide = max(map(len, ("state", *words)))
    name_wide = max(map(len, ("name", *(names[process.pid] for process in processes))))
    heads = f"{'name':<{name_wide}}     pid  {'state':<{wide}}   group  session  command"
    rows = [line(heads)]
    for process, state, branch in zip(processes, words, branches, strict=True):
        name = names[process.pid]
        style = lane_style((), name)
        mark = "*" if process.is_foreground else " "
        groups = f"{process.pgid:7}{mark} {process.sid:7}"
        facts = f" {process.pid:7}  {state:<{wide}} {groups}  {branch}"
        command_line = Piece(commands[process.pid], style)
        rows.append(line(Piece(f"{name:<{name_wide}}", style), facts, command_line))
    rows = [cut(row, width) for row in rows]
    if any(process.is_foreground for process in processes):
        rows += _note("*: the terminal's foreground group; keys and ^C ^\\ ^Z go there", width)
    letters = {process.state for process in processes}
    for letter in [letter for letter in _NOTES if letter in letters]:
        rows += _note(_NOTES[letter], width)
    return rows


def _note(text: str, width: int) -> Block:
    return [line(row) for row in between_words(text, width, further="   ")]


_TARGET_COLUMN = 33
_LONGEST_COMMAND = 60


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
        private = [entry.number for entry in table if entry.is_close_on_exec and not rest]
        reserved = [number for number in private if number >= OWN_LOWEST]
        shown = draw_descriptors([entry for entry in table if entry.number not in reserved], room())
        if reserved:
            numbers = ", ".join(map(str, reserved))
            words = f"  the shell's own, which execve closes: {numbers}; see fds {pid}"
            shown += between_words(words, room(), further="  ")
        show_lines([*([""] if number else []), f"{pid}: {command(pid)}", *shown])
    return status


def processes_meant(state: State, services: Services, word: str) -> tuple[int, ...]:
    """Return the living processes of a job such as `%1`, or a pid.

    Raises SimpshError: there is no such job, or it has ended. UsageProblem: the word is neither.
    """
    if word.startswith("%"):
        services.launcher.waiter.collect()
        job = state.jobs.find(word)
        pids = tuple(process.pid for process in job.processes if not process.has_ended)
        if not pids:
            raise SimpshError(f"{named(word)}: this job has ended")
        return pids
    if not (is_number(word) and len(word) < 10):
        raise UsageProblem(f"{named(word)}: neither a process id nor a job such as %1")
    return (int(word),)


def draw_descriptors(table: Sequence[Descriptor], columns: int) -> list[str]:
    """Return a row for each descriptor; those below a pipe name the holders of its other end."""
    if not table:
        return ["  no descriptor is open"]
    lines = ["   fd  cloexec  mode    offset  points to"]
    further = " " * _TARGET_COLUMN
    hidden = 0
    for descriptor in table:
        closed = "yes" if descriptor.is_close_on_exec else "-"
        has_offset = descriptor.kind in ("file", "directory")
        offset = str(descriptor.offset) if has_offset else "-"
        first = f"{descriptor.number:5}  {closed:<7}  {descriptor.mode:<4} {offset:>9}  "
        target = escaped(f"{descriptor.target} ({descriptor.end or descriptor.kind})")
        if width_of(target.partition(" ")[0]) <= columns - _TARGET_COLUMN:
            lines += between_words(target, columns, first, further)
        else:
            lines += [first.rstrip(), *between_words(target, columns, " " * 9, " " * 9)]
        if descriptor.end:
            pipe = pipe_holders(descriptor)
            hidden = max(hidden, len(pipe.not_permitted))
            for row in _rows_of(descriptor.end, pipe):
                lines += between_words(row, columns, further, f"{further}  ")
    if hidden:
        words = f"  processes whose tables may not be read by this user: {hidden}"
        lines += between_words(words, columns, further="  ")
    return lines


def _rows_of(end: str, pipe: PipeHolders) -> Iterator[str]:
    """Yield a row for each holder of a pipe's other end; one of a FIFO's ends may be both."""
    for other, holders, absent in (
        ("read end", pipe.readers, "writing raises SIGPIPE"),
        ("write end", pipe.writers, "end of file"),
    ):
        if other == end:
            continue
        for holder in holders:
            numbers = ", ".join(map(str, holder.numbers))
            command_words = shorten(holder.command, _LONGEST_COMMAND)
            yield f"{other}: {holder.pid} {command_words} (fd {numbers})"
        if not holders:
            is_sure = not pipe.not_permitted and not hiding_places()
            yield f"{other}: no process" + (f": {absent}" if is_sure else " that can be seen")


@builtin(
    "diagnose [pid | %job]", "It looks from outside, and knows which processes a job consists of."
)
def _diagnose(state: State, services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "", only="process or job")
    if not rest and state.jobs.current is None:
        raise SimpshError("there is no job; name a process id, see family")
    # The last process of a job waits for the others.
    pid = processes_meant(state, services, rest[0] if rest else "%+")[-1]
    # The signals that stopped the shell's own children.
    stops = {
        process.pid: process.status.signal
        for job in state.jobs.alive()
        for process in job.processes
        if isinstance(process.status, Stopped)
    }
    try:
        answer = diagnose(pid, stops.get(pid))
    except OSError as error:
        raise SimpshError(f"{rest[0] if rest else pid}: {why(error)}") from None
    show_lines(answer.lines(width() if os.isatty(1) else 0, SHORT_PROOF))
    return answer.status
