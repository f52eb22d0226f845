"""Tables of what the engine saw when it looked: memory, descriptors, the family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.screen.styled import Piece, lane_style, styled
from simpsh.course.screen.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simpsh.course.observation import Descriptor, Look, Moment, Observation
    from simpsh.course.screen.styled import Line

_STATES = {"Z": "Z zombie", "T": "T stopped", "R": "R running", "D": "D asleep", "held": "held"}
_ARROWS = {"read": "←", "write": "→", "both": "↔"}
_STANDARD = (0, 1, 2)
_PIPES = "→ A writes into pipe A   ← A reads from it"


def memory(run: Observation, moment: str = "end") -> Table:
    """Return the pages behind the variables, at one moment or, for `end`, at every mark."""
    moments = {
        mark: seen
        for mark, seen in run.moments.items()
        if _has_pages(seen) and moment in ("end", mark)
    }
    variables = {name for seen in moments.values() for name in _pages(seen)}
    heads = ["", "process", "variable", "address", "content", "page of physical memory"]
    letters: dict[int, str] = {}
    rows: list[list[Line]] = []
    for mark, seen in moments.items():
        first = True
        for who, look in seen.looks.items():
            for variable in look.pages:
                row = _memory_row(run, who, look, variable, letters)
                rows.append([styled(mark if first else "", "bold"), *row])
                first = False
    if len(variables) == 1:
        heads.remove("variable")
        rows = [row[:2] + row[3:] for row in rows]
    return Table(heads, rows)


def _pages(moment: Moment) -> Sequence[str]:
    return [variable for look in moment.looks.values() for variable in look.pages]


def _has_pages(moment: Moment) -> bool:
    return bool(_pages(moment))


def _memory_row(
    run: Observation, who: str, look: Look, variable: str, letters: dict[int, str]
) -> list[Line]:
    page = look.pages[variable]
    if page.number:
        letters.setdefault(page.number, chr(ord("K") + len(letters) % 16))
    letter = f"{letters[page.number]}, " if page.number else ""
    return [
        name_cell(run, who),
        styled(variable, ""),
        styled(f"{page.address:#x}", ""),
        styled(str(look.values.get(variable, "")), ""),
        styled(f"{letter}{'shared' if page.shared else 'its own'}", ""),
    ]


def name_cell(run: Observation, who: str, label: str = "") -> Line:
    """Return a process's name in its colour."""
    return (Piece(label or who, lane_style(run.names, who)),)


def descriptors(run: Observation, moment: str) -> Table:
    """Return who holds which descriptors at a moment."""
    looks = _looks(run, moment)
    heads = ["process", "state", "0", "1", "2", "others", "parent"]
    rows = []
    for who, look in looks.items():
        others = ", ".join(
            f"{number} {_end(one, look.cwd)}"
            for number, one in look.descriptors.items()
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
    has_pipes = any(one.pipe for look in looks.values() for one in look.descriptors.values())
    return Table(heads, rows, _PIPES if has_pipes else "")


def _looks(run: Observation, moment: str) -> Mapping[str, Look]:
    found = run.moments.get(moment)
    return found.looks if found is not None else {}


def _end(one: Descriptor, directory: str) -> str:
    if one.pipe:
        return f"{_ARROWS.get(one.access, '')} {one.pipe}"
    # A file of the demonstration's own is called as its code calls it.
    return one.target.removeprefix("/dev/").removeprefix(f"{directory}/")


def state_words(look: Look) -> str:
    """Say a process's state: the letter of proc(5), and what it sleeps in.

    >>> from simpsh.course.observation import Look
    >>> state_words(Look(1, "S", "read")), state_words(Look(1, "Z"))
    ('S asleep in read', 'Z zombie')
    """
    if look.state == "S":
        return f"S asleep in {look.call}" if look.call else "S asleep"
    return _STATES.get(look.state, look.state)


def family(run: Observation, moment: str) -> Table:
    """Return the processes as a tree, with group, session and terminal, all by name."""
    found = run.moments.get(moment)
    looks = found.looks if found is not None else {}
    pids = {look.pid: who for who, look in looks.items()}
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
        if has_terminal and found is not None:
            row.append(styled(_ground(look, found.foreground), ""))
        rows.append(row)
    return Table([*heads, "terminal"] if has_terminal else heads, rows)


def _ground(look: Look, foreground: int) -> str:
    if not look.terminal:
        return "none"
    return "foreground" if look.group == foreground else "background"


def _of(pids: Mapping[int, str], number: int, who: str) -> str:
    leader = pids.get(number)
    if leader is None:
        return "one from before" if number else ""
    return "its own" if leader == who else f"{leader}'s"


def _tree(looks: Mapping[str, Look]) -> list[tuple[str, int]]:
    """Return the processes parents first, each with its depth."""
    found: list[tuple[str, int]] = []

    def walk(parent: str, depth: int) -> None:
        for who, look in looks.items():
            if look.parent == parent and who not in dict(found):
                found.append((who, depth))
                walk(who, depth + 1)

    for who, look in looks.items():
        if look.parent not in looks and who not in dict(found):
            found.append((who, 0))
            walk(who, 1)
    return found
