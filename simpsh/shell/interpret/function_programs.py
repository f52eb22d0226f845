"""`set -h`: the programs that a function names are looked up when the function is defined."""

from __future__ import annotations

from simpsh.base.record import Record
from simpsh.kernel.program_execution import find_program
from simpsh.shell.builtins.builtin_registry import is_builtin
from simpsh.shell.language.syntax_tree import Literal, SimpleCommand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from simpsh.shell.jobs.job_context import JobContext
    from simpsh.shell.language.syntax_tree import Command
    from simpsh.shell.state import State


def remember_programs(body: Command, state: State, context: JobContext) -> None:
    """Look up, as `hash` does, the programs that the commands of a function's body name."""
    known = context.known_programs()
    if known is None:
        return
    for name in _command_names(body):
        if "/" in name or is_builtin(name) or name in state.functions:
            continue
        file = find_program(name, context.path)
        if file is not None:
            known[name] = file


def _command_names(body: Command) -> Iterator[str]:
    """Find the names of commands that are written out, anywhere below this one."""
    waiting: list[object] = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, SimpleCommand) and node.words:
            parts = node.words[0].parts
            if len(parts) == 1 and isinstance(parts[0], Literal):
                yield parts[0].text
        if isinstance(node, tuple):
            waiting.extend(node)
        elif isinstance(node, Record):
            keys: tuple[str, ...] = node.__match_args__
            waiting.extend([getattr(node, key) for key in keys])
