"""Tables of inspected state, and of the possible outputs of a race."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from simpsh.base.phrases import counted, quoted
from simpsh.course.claims.observation import (
    OUTPUT,
    Access,
    Observation,
    ProcessLook,
    SearchResult,
    SeenDescriptor,
    SeenMoment,
    StuckOutput,
)
from simpsh.view.document import Table, Text
from simpsh.view.styled_text import Line, Piece, lane_style, line, styled


class _Gone(str):
    """The name of a process that has ended and was collected."""

    __slots__ = ()


_STATES = {"Z": "Z zombie", "T": "T stopped", "R": "R running", "D": "D asleep", "held": "held"}
_ARROWS = {"read": "←", "write": "→", "both": "↔"}
_STANDARD = (0, 1, 2)
_PIPES = "→ A writes into pipe A   ← A reads from it"
_ACCESS: Mapping[Access, str] = {
    "read": "O_RDONLY",
    "write": "O_WRONLY",
    "both": "O_RDWR",
    "path": "O_PATH",
}
_FLAGS = ("O_APPEND", "O_NONBLOCK", "O_SYNC", "O_DIRECT")


def memory(run: Observation, moment: str = "end") -> Table:
    """Return the pages of the variables at one moment, or at every mark if it is `end`."""
    moments = {
        mark: seen for mark, seen in run.moments.items() if _pages(seen) and moment in ("end", mark)
    }
    variables = {name for seen in moments.values() for name in _pages(seen)}
    heads = ["", "process", "variable", "address", "content", "page of physical memory"]
    letters: dict[int, str] = {}
    rows: list[list[Text]] = []
    for mark, seen in moments.items():
        for who, look in seen.looks.items():
            for variable, page in look.pages.items():
                if page.number:
                    letters.setdefault(page.number, chr(ord("K") + len(letters) % 16))
                letter = f"{letters[page.number]}, " if page.number else ""
                content = str(look.values.get(variable, ""))
                owner = f"{letter}{'shared' if page.shared else 'its own'}"
                name, address = _name_cell(run, who), f"{page.address:#x}"
                rows.append([styled(mark, "bold"), name, variable, address, content, owner])
                mark = ""
    if len(variables) == 1:
        heads.remove("variable")
        rows = [row[:2] + row[3:] for row in rows]
    return Table(heads, rows, caption="Memory")


def _pages(moment: SeenMoment) -> Sequence[str]:
    return [variable for look in moment.looks.values() for variable in look.pages]


def _name_cell(run: Observation, who: str, label: str = "") -> Line:
    return (Piece(label or who, lane_style(run.names, who)),)


def descriptors(run: Observation, moment: str) -> Table:
    """Return the descriptors of each process at a moment."""
    looks = run.looks_at(moment)
    heads = ["process", "state", "0", "1", "2", "others", "parent"]
    rows: list[list[Text]] = []
    for who, look in looks.items():
        others = ", ".join(
            f"{number} {_end(descriptor, look.cwd)}"
            for number, descriptor in look.descriptors.items()
            if number not in _STANDARD
        )
        standard = [
            _end(look.descriptors[number], look.cwd) if number in look.descriptors else ""
            for number in _STANDARD
        ]
        rows.append([_name_cell(run, who), state_words(look), *standard, others, look.parent])
    has_pipes = any(end.pipe for look in looks.values() for end in look.descriptors.values())
    return Table(heads, rows, _PIPES if has_pipes else "", caption="Descriptors")


_CLOSES = "FD_CLOEXEC: exec closes this descriptor. Python sets it for what it opens."


def _end(descriptor: SeenDescriptor, directory: str) -> str:
    if descriptor.pipe:
        return f"{_ARROWS.get(descriptor.access, '')} {descriptor.pipe}"
    # A file in the demonstration's directory is shown with the name that the code uses.
    return descriptor.target.removeprefix("/dev/").removeprefix(f"{directory}/")


def open_files(run: Observation, moment: str) -> Table:
    """Return descriptors with their open file descriptions and files.

    Descriptors 0, 1 and 2 are left out if unchanged. If kcmp(2) is not permitted here, the table
    lists the descriptors of each process instead.
    """
    files: dict[int, str] = {}
    kept_there: dict[int, str] = {}
    holders: dict[int, list[Line]] = {}
    has_closing = False
    for who, look in run.looks_at(moment).items():
        for number, descriptor in sorted(look.descriptors.items()):
            target, access = descriptor.target, descriptor.access
            is_usual = target in (OUTPUT, "/dev/null") or descriptor.kind == "terminal"
            if not descriptor.description or (number <= 2 and is_usual):
                continue
            words = []
            # A pipe, a FIFO and a terminal have no offset.
            if descriptor.kind in ("file", "directory"):
                words.append(f"offset {descriptor.offset}")
            elif descriptor.pipe:
                words.append(f"{access} end")
            words.append(_ACCESS[access])
            # Require all bits of a flag: O_SYNC includes the bits of O_DSYNC.
            flags = {name: getattr(os, name) for name in _FLAGS}
            words += [name for name, bits in flags.items() if descriptor.flags & bits == bits]
            files[descriptor.description] = target.removeprefix(f"{look.cwd}/")
            kept_there.setdefault(descriptor.description, ", ".join(words))
            is_closing = bool(descriptor.flags & os.O_CLOEXEC)
            has_closing |= is_closing
            closes = Piece("  FD_CLOEXEC" if is_closing else "", "dim")
            holder = line(_name_cell(run, who, f"{who} {number}"), closes)
            holders.setdefault(descriptor.description, []).append(holder)
    if not holders:
        return descriptors(run, moment)
    rows: list[list[Text]] = [
        [holder, "the same" if position else kept_there[description], "" if position else file]
        # Group the descriptors of each file.
        for file in dict.fromkeys(files.values())
        for description in holders
        if files[description] == file
        for position, holder in enumerate(holders[description])
    ]
    heads = ["descriptor", "open file description", "file"]
    return Table(heads, rows, _CLOSES if has_closing else "", caption="Open files")


def state_words(look: ProcessLook) -> str:
    """Return a process's state in words: the letter of proc(5), and its system call.

    >>> from simpsh.course.claims.observation import ProcessLook as Look
    >>> state_words(Look(1, "S", "read")), state_words(Look(1, "Z"))
    ('S asleep in read', 'Z zombie')
    """
    if look.state == "S":
        return f"S asleep in {look.call}" if look.call else "S asleep"
    return _STATES.get(look.state, look.state)


def family(run: Observation, moment: str) -> Table:
    """Return the processes as a tree, with group, session and terminal, all by name."""
    looks = run.looks_at(moment)
    pids = {look.pid: who for who, look in looks.items()}
    for pid, lives in run.chronicle.bearers.items():
        if lives[-1].label in run.names:
            pids.setdefault(pid, _Gone(lives[-1].label))
    has_terminal = any(look.terminal for look in looks.values())
    heads = ["process", "state", "parent", "group", "session"]
    rows = []
    for who, depth in _tree(looks).items():
        look = looks[who]
        leaders = _of(pids, look.group, who), _of(pids, look.session, who)
        name = _name_cell(run, who, "  " * depth + who)
        row: list[Text] = [name, state_words(look), look.parent, *leaders]
        if has_terminal:
            is_in_front = look.group == run.moments[moment].foreground
            ground = "foreground" if is_in_front else "background"
            row.append(ground if look.terminal else "none")
        rows.append(row)
    heads = [*heads, "terminal"] if has_terminal else heads
    return Table(heads, rows, caption="Processes")


def _of(pids: Mapping[int, str], number: int, who: str) -> str:
    leader = pids.get(number)
    if leader is None:
        # It belongs to the process that started the demonstration, which is not shown.
        return "inherited" if number else ""
    if isinstance(leader, _Gone):
        return f"{leader} (gone)"
    return "its own" if leader == who else f"{leader}'s"


def _tree(looks: Mapping[str, ProcessLook]) -> dict[str, int]:
    """Return the depth of each process, parents first."""
    tree: dict[str, int] = {}

    def walk(names: Iterable[str], depth: int) -> None:
        for who in names:
            if who not in tree:
                tree[who] = depth
                walk([name for name, look in looks.items() if look.parent == who], depth + 1)

    walk([who for who, look in looks.items() if look.parent not in looks], 0)
    return tree


def outputs(search: SearchResult) -> Table:
    """Return the possible outputs, how often free runs had each, and who runs in one such order."""
    rows: list[list[Text]] = []
    for output in sorted(search.possible):
        row: list[Text] = [styled(output_words(output), "bold")]
        if search.native:
            row.append(f"{search.seen.get(output, 0)} of {search.native}")
        row.append(" → ".join(name for name, _ in groupby(search.possible[output])))
        rows.append(row)
    seen = ["seen here"] * bool(search.native)
    return Table(["output that is possible", *seen, "who runs, in one such order"], rows)


def conclusions(search: SearchResult) -> Sequence[str]:
    """Return the sentences below the outputs."""
    number = len(search.possible)
    outputs_are = counted(number, "output is", "outputs are")
    if search.is_complete and search.lacks_amid:
        return [
            f"{outputs_are} possible: every order at system calls was tried. A handler that runs "
            "in the middle of computing was not."
        ]
    if search.is_complete:
        return [f"{outputs_are} possible, and no order gives another."]
    why = f" ({'; '.join(search.flags)})" if search.flags else ""
    return [f"At least {outputs_are} possible: not all orders were tried{why}."]


def output_words(output: str) -> str:
    """Return an output in quotes, with a note if some process can never continue.

    >>> output_words(StuckOutput("a"))
    '“a”, then no process can move'
    """
    words = quoted(output, 60) if output else "nothing"
    return f"{words}, then no process can move" if isinstance(output, StuckOutput) else words
