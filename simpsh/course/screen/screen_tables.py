"""Tables of what was seen when the engine looked: memory, descriptors, the family of processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simpsh.course.claims.observation import (
    Observation,
    ProcessLook,
    SeenDescriptor,
    SeenMoment,
)
from simpsh.view.document import Table
from simpsh.view.styled_text import Line, Piece, lane_style, styled

_GONE = " (gone)"
_STATES = {"Z": "Z zombie", "T": "T stopped", "R": "R running", "D": "D asleep", "held": "held"}
_ARROWS = {"read": "←", "write": "→", "both": "↔"}
_STANDARD = (0, 1, 2)
_PIPES = "→ A writes into pipe A   ← A reads from it"


def memory(run: Observation, moment: str = "end") -> Table:
    """Return the pages behind the variables, at one moment or, for `end`, at every mark."""
    moments = {
        mark: seen for mark, seen in run.moments.items() if _pages(seen) and moment in ("end", mark)
    }
    variables = {name for seen in moments.values() for name in _pages(seen)}
    heads = ["", "process", "variable", "address", "content", "page of physical memory"]
    letters: dict[int, str] = {}
    rows: list[list[Line]] = []
    for mark, seen in moments.items():
        first = True
        for who, look in seen.looks.items():
            for variable in look.pages:
                page = look.pages[variable]
                if page.number:
                    letters.setdefault(page.number, chr(ord("K") + len(letters) % 16))
                letter = f"{letters[page.number]}, " if page.number else ""
                row = [
                    name_cell(run, who),
                    styled(variable, ""),
                    styled(f"{page.address:#x}", ""),
                    styled(str(look.values.get(variable, "")), ""),
                    styled(f"{letter}{'shared' if page.shared else 'its own'}", ""),
                ]
                rows.append([styled(mark if first else "", "bold"), *row])
                first = False
    if len(variables) == 1:
        heads.remove("variable")
        rows = [row[:2] + row[3:] for row in rows]
    return Table(heads, rows, caption="Memory")


def _pages(moment: SeenMoment) -> Sequence[str]:
    return [variable for look in moment.looks.values() for variable in look.pages]


def name_cell(run: Observation, who: str, label: str = "") -> Line:
    """Return a process's name in its colour."""
    return (Piece(label or who, lane_style(run.names, who)),)


def descriptors(run: Observation, moment: str) -> Table:
    """Return who holds which descriptors at a moment."""
    seen = run.moments.get(moment)
    looks = seen.looks if seen is not None else {}
    heads = ["process", "state", "0", "1", "2", "others", "parent"]
    rows = []
    for who, look in looks.items():
        others = ", ".join(
            f"{number} {_end(descriptor, look.cwd)}"
            for number, descriptor in look.descriptors.items()
            if number not in _STANDARD
        )
        standard = [
            styled(
                _end(look.descriptors[number], look.cwd) if number in look.descriptors else "", ""
            )
            for number in _STANDARD
        ]
        rows.append(
            [
                name_cell(run, who),
                styled(state_words(look), ""),
                *standard,
                styled(others, ""),
                styled(look.parent, ""),
            ]
        )
    has_pipes = any(end.pipe for look in looks.values() for end in look.descriptors.values())
    return Table(heads, rows, _PIPES if has_pipes else "", caption="Descriptors")


def _end(descriptor: SeenDescriptor, directory: str) -> str:
    if descriptor.pipe:
        return f"{_ARROWS.get(descriptor.access, '')} {descriptor.pipe}"
    # A file of the demonstration's own is called as its code calls it.
    return descriptor.target.removeprefix("/dev/").removeprefix(f"{directory}/")


def state_words(look: ProcessLook) -> str:
    """Say a process's state: the letter of proc(5), and what it sleeps in.

    >>> from simpsh.course.claims.observation import ProcessLook as Look
    >>> state_words(Look(1, "S", "read")), state_words(Look(1, "Z"))
    ('S asleep in read', 'Z zombie')
    """
    if look.state == "S":
        return f"S asleep in {look.call}" if look.call else "S asleep"
    return _STATES.get(look.state, look.state)


def family(run: Observation, moment: str) -> Table:
    """Return the processes as a tree, with group, session and terminal, all by name."""
    seen = run.moments.get(moment)
    looks = seen.looks if seen is not None else {}
    pids = {look.pid: who for who, look in looks.items()}
    for pid, lives in run.chronicle.bearers.items():
        if lives[-1].label in run.names:
            pids.setdefault(pid, f"{lives[-1].label}{_GONE}")
    has_terminal = any(look.terminal for look in looks.values())
    heads = ["process", "state", "parent", "group", "session"]
    rows = []
    for who, depth in _tree(looks):
        look = looks[who]
        row = [
            name_cell(run, who, "  " * depth + who),
            styled(state_words(look), ""),
            styled(look.parent, ""),
            styled(_of(pids, look.group, who), ""),
            styled(_of(pids, look.session, who), ""),
        ]
        if has_terminal and seen is not None:
            row.append(styled(_ground(look, seen.foreground), ""))
        rows.append(row)
    heads = [*heads, "terminal"] if has_terminal else heads
    return Table(heads, rows, caption="Processes")


def _ground(look: ProcessLook, foreground: int) -> str:
    if not look.terminal:
        return "none"
    return "foreground" if look.group == foreground else "background"


def _of(pids: Mapping[int, str], number: int, who: str) -> str:
    leader = pids.get(number)
    if leader is None:
        # Of the process that started the demonstration, and not of any that is shown.
        return "inherited" if number else ""
    return "its own" if leader == who else leader if leader.endswith(_GONE) else f"{leader}'s"


def _tree(looks: Mapping[str, ProcessLook]) -> list[tuple[str, int]]:
    """Return the processes parents first, each with its depth."""
    tree: list[tuple[str, int]] = []

    def walk(parent: str, depth: int) -> None:
        for who, look in looks.items():
            if look.parent == parent and who not in dict(tree):
                tree.append((who, depth))
                walk(who, depth + 1)

    for who, look in looks.items():
        if look.parent not in looks and who not in dict(tree):
            tree.append((who, 0))
            walk(who, 1)
    return tree
