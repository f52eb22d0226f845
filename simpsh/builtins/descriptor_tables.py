"""`fds`: a process's descriptor table, and who holds the other ends of its pipes."""

from __future__ import annotations

import os

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import SimpshError, UsageProblem
from simpsh.process.holders import pipe_holders
from simpsh.process.looking import command
from simpsh.process.open_files import descriptors
from simpsh.state import why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.process.holders import Holder, PipeHolders
    from simpsh.process.open_files import Descriptor
    from simpsh.state import State

_OTHER_END = {"read end": "write end", "write end": "read end"}


def _fds(state: State, operands: Sequence[str]) -> int:
    _, rest = options(operands, "")
    if len(rest) > 1:
        raise UsageProblem(f"{rest[1]}: one process or job is enough")
    pids = meant(state, rest[0]) if rest else (os.getpid(),)
    status = 0
    for number, pid in enumerate(pids):
        try:
            table = descriptors(pid)
        except OSError as error:
            state.complain(f"fds: {pid}: {why(error)}")
            status = 1
            continue
        say(("\n" if number else "") + f"{pid}: {command(pid)}\n" + drawn(table))
    return status


def meant(state: State, word: str) -> tuple[int, ...]:
    """Return the living processes that a pid or a job such as `%1` means.

    Raises:
        SimpshError: there is no such job, or it has ended.
        UsageProblem: the word is neither.
    """
    if word.startswith("%"):
        state.launcher.collect()
        job = state.jobs.find(word)
        pids = tuple(process.pid for process in job.processes if not process.has_ended)
        if not pids:
            raise SimpshError(f"{word}: this job has ended")
        return pids
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise UsageProblem(f"{word}: neither a process id nor a job such as %1")
    return (int(word),)


def drawn(table: Sequence[Descriptor]) -> str:
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
    """Say who holds the other end of a pipe: as long as anybody does, it is not over."""
    ends = {"read end": found.readers, "write end": found.writers}
    wanted = _OTHER_END.get(pipe.end)
    lines = []
    for end, holders in ends.items():
        if wanted in (None, end):
            lines += [f"{end}: {_holder(one)}" for one in holders]
            if not holders:
                lines.append(f"{end}: {_nobody(end, is_sure=not found.not_permitted)}")
    return lines


def _holder(one: Holder) -> str:
    return f"{one.pid} {one.command} (fd {', '.join(map(str, one.numbers))})"


def _nobody(end: str, *, is_sure: bool) -> str:
    if not is_sure:
        return "nobody that can be seen"
    return "nobody: writing raises SIGPIPE" if end == "read end" else "nobody: end of file"


BUILTINS = (
    Builtin(
        "fds",
        "fds [pid | %job]",
        _fds,
        "A program that was started to look at the shell's table would show its own.",
    ),
)
