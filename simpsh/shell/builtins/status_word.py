"""`status` shows the last wait status bit by bit; `why` explains `$?`."""

from __future__ import annotations

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.screen_cells import between_words
from simpsh.base.wait_status import (
    Continued,
    Exited,
    Killed,
    Stopped,
    WaitStatus,
    encode,
    fields,
    sentence,
    shell_status,
)
from simpsh.console import room, show, show_lines, width
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.builtins.explanation import explain, last_waited
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.line_record import LineRecord

_NARROWEST, _WIDEST = 40, 100
_FIELDS = (range(15, 7, -1), range(7, 6, -1), range(6, -1, -1))
"""The numbers of the bits in each field of the status word."""


@builtin("status", "A wait status is given to the parent; only the shell still knows it.")
def _status(state: State, _services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "")
    if rest:
        raise UsageProblem(f"{named(rest[0])}: status takes no operand")
    # It shows a status and is none of its own: `why` and `echo $?` can follow.
    act = last_waited(_record(state), state.last_status)
    if act is None or act.status is None:
        show("No process of this line, or of the last line with one, has been waited for.\n")
        return state.last_status
    show(f"The last wait stored the status word {encode(act.status):#06x}:\n\n")
    show(draw_status(act.status, room()))
    if state.last_status != act.number:
        words = f"$? is now {state.last_status}, not made of this status: 'why' says what set it."
        show_lines(between_words(words, room(), "  ", "  "))
    return state.last_status


def _record(state: State) -> LineRecord:
    if state.record is None:
        raise SimpshError("only the prompt remembers a line")
    return state.record


@builtin("why", "It shows what the shell knows of the last command; a child would not know this.")
def _why(state: State, _services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "")
    if rest:
        raise UsageProblem(f"{named(rest[0])}: why takes no operand")
    record = _record(state)
    columns = min(_WIDEST, width(narrowest=_NARROWEST))
    show_lines(explain(record, record.pass_over(), state.last_status, columns))
    return state.last_status


def draw_status(status: WaitStatus, columns: int = 80) -> str:
    """Return a picture of a status word, with the meaning of each field, and the macros.

    See wait(2).
    """
    word = encode(status)
    numbers = [" ".join(f"{bit:>2}" for bit in field) for field in _FIELDS]
    bits = [" ".join(f"{word >> bit & 1:>2}" for bit in field) for field in _FIELDS]
    rules = ["─" * (len(field) + 2) for field in bits]
    lines = [f"    {'   '.join(numbers)}"]
    lines += [f"  ┌{'┬'.join(rules)}┐", f"  │ {' │ '.join(bits)} │", f"  └{'┴'.join(rules)}┘"]
    for field in fields(word):
        last = field.first_bit + field.width - 1
        bit_range = f"bits {last}–{field.first_bit}" if field.width > 1 else f"bit {last}"
        first = f"  {bit_range:<10} {field.name:<14} = {field.value:<3}  "
        lines += between_words(field.meaning, columns, first, " " * len(first))
    shown = str(shell_status(status))
    if isinstance(status, Killed | Stopped):
        shown = f"128 + {int(status.signal)} = {shown}"
    match status:
        case Exited(code):
            macros = ["WIFEXITED(status) is true", f"WEXITSTATUS(status) = {code}"]
        case Killed(signal, dumped_core):
            macros = [
                "WIFSIGNALED(status) is true",
                f"WTERMSIG(status) = {int(signal)} ({signal.name})",
                f"WCOREDUMP(status) is {'true' if dumped_core else 'false'}",
            ]
        case Stopped(signal):
            macros = [
                "WIFSTOPPED(status) is true",
                f"WSTOPSIG(status) = {int(signal)} ({signal.name})",
            ]
        case Continued():
            macros = ["WIFCONTINUED(status) is true"]
    lines += ["", *(f"  {line}" for line in macros), ""]
    lines += between_words(sentence(status), columns, "  In words: ", " " * 12)
    lines.append(f"  In $?:    {shown}")
    return "\n".join(lines) + "\n"
