"""`diagnose`: what a process waits for, and who could end that."""

from __future__ import annotations

import os

from simpsh.builtins.descriptor_tables import meant
from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import SimpshError, UsageProblem
from simpsh.process.diagnose import diagnose
from simpsh.state import why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.process.diagnose import Diagnosis
    from simpsh.state import State


def _diagnose(state: State, operands: Sequence[str]) -> int:
    _, rest = options(operands, "")
    if len(rest) > 1:
        raise UsageProblem(f"{rest[1]}: one process or job is enough")
    if not rest and state.jobs.current is None:
        raise SimpshError("there is no job; name a process id, see family")
    status = 0
    for pid in meant(state, rest[0] if rest else "%+"):
        try:
            found = diagnose(pid)
        except OSError as error:
            state.complain(f"diagnose: {pid}: {why(error)}")
            status = 1
        else:
            say(_shown(found))
    return status


def _shown(found: Diagnosis) -> str:
    try:
        width = os.get_terminal_size(1).columns
    except OSError:
        # A file or a program gets each sentence on a line of its own.
        return "".join(f"{line}\n" for line in found.lines())
    import textwrap  # slow to load, and needed here only

    lines = []
    for line in found.lines():
        indent = "  " if line.startswith(" ") else ""
        lines += textwrap.wrap(line, width, initial_indent="", subsequent_indent=indent + "  ")
    return "".join(f"{line}\n" for line in lines)


BUILTINS = (
    Builtin(
        "diagnose",
        "diagnose [pid | %job]",
        _diagnose,
        "It looks from outside, and knows which processes a job consists of.",
    ),
)
