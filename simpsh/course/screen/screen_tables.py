"""Tables of a lesson: a table as a value, set in columns that fit the width.

A row for each variant of a demonstration; and what was seen when the engine looked: memory,
descriptors, the family of processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simpsh.course.lesson.answer_key import cell, why_not_shown
from simpsh.course.lesson.lesson_steps import Compare
from simpsh.course.lesson.observation import (
    Observation,
    ProcessLook,
    SearchResult,
    SeenDescriptor,
    SeenMoment,
)
from simpsh.view.styled_text import (
    Block,
    Line,
    Piece,
    lane_style,
    line,
    line_width,
    padded,
    plain,
    stripped,
    styled,
    wrapped,
)

_GAP = 3
_NARROWEST = 8


@dataclass(frozen=True, slots=True)
class ScreenTable:
    """Rows under heads."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Line]]
    note: str = ""
    """What its signs mean, in a line below."""


def set_table(table: ScreenTable, width: int) -> Block:
    """Set a table in columns; where they do not fit, the widest cells are broken."""
    widths = _widths(table, width)
    block = _row([styled(head, "bold") for head in table.heads], widths)
    for row in table.rows:
        block.extend(_row(row, widths))
    if table.note:
        block.extend(wrapped(styled(table.note, "dim"), width))
    return block


def _widths(table: ScreenTable, width: int) -> list[int]:
    rows = [[styled(head, "") for head in table.heads], *table.rows]
    widths = [max(line_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    while sum(widths) + _GAP * (len(widths) - 1) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row(cells: Sequence[Line], widths: Sequence[int]) -> Block:
    broken = [
        # A cell that fits keeps the blanks at its beginning: the depth of a tree.
        [cell] if line_width(cell) <= width else wrapped(cell, width)
        for cell, width in zip(cells, widths, strict=True)
    ]
    block: Block = []
    for number in range(max(map(len, broken))):
        parts: list[Line | str] = []
        for place, lines in enumerate(broken):
            cell = lines[number] if number < len(lines) else ()
            parts.append(padded(cell, widths[place] + _GAP))
        block.append(stripped(line(*parts)))
    return block


def plain_table(table: ScreenTable) -> Sequence[str]:
    """Return a table as sentences: the first cell names the row, each other its head."""
    sentences = []
    first = ""
    for row in table.rows:
        cells = [plain(cell) for cell in row]
        # A cell that repeats the one above it is left out of the columns, never of a sentence.
        first = cells[0] or first
        said = [
            f"{head}: {cell}" if head else cell
            for head, cell in zip(table.heads[1:], cells[1:], strict=True)
            if cell
        ]
        sentences.append(f"{first}: {'; '.join(said)}." if first else f"{'; '.join(said)}.")
    return sentences


def with_odd_ones(values: Sequence[Sequence[str]]) -> list[list[Line]]:
    """Return cells, bold where one row differs from all others, which agree."""
    columns = list(zip(*values, strict=True))
    odd = []
    for column in columns:
        counts = Counter(column)
        is_telling = len(counts) == 2 and len(column) > 2
        odd.append(
            {value for value, count in counts.items() if count == 1} if is_telling else set()
        )
    return [
        [(Piece(value, "bold" if value in odd[place] else ""),) for place, value in enumerate(row)]
        for row in values
    ]


def comparison(step: Compare, results: Mapping[str, Observation | SearchResult]) -> ScreenTable:
    """Return the table of a Compare; see reasons() for what this machine cannot tell."""
    columns = step.columns.values()
    values = [[cell(column, result) for column in columns] for result in results.values()]
    cells = with_odd_ones(values)
    rows = [[(Piece(label),), *row] for label, row in zip(results, cells, strict=True)]
    return ScreenTable([step.title, *step.columns], rows)


def reasons(step: Compare, results: Mapping[str, Observation | SearchResult]) -> list[str]:
    """Return why cells are not shown, each reason once."""
    found = [
        why_not_shown(column, result)
        for result in results.values()
        for column in step.columns.values()
    ]
    return [reason for reason in dict.fromkeys(found) if reason]


_GONE = " (gone)"
_STATES = {"Z": "Z zombie", "T": "T stopped", "R": "R running", "D": "D asleep", "held": "held"}
_ARROWS = {"read": "←", "write": "→", "both": "↔"}
_STANDARD = (0, 1, 2)
_PIPES = "→ A writes into pipe A   ← A reads from it"


def memory(run: Observation, moment: str = "end") -> ScreenTable:
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
                row = _memory_row(run, who, look, variable, letters)
                rows.append([styled(mark if first else "", "bold"), *row])
                first = False
    if len(variables) == 1:
        heads.remove("variable")
        rows = [row[:2] + row[3:] for row in rows]
    return ScreenTable(heads, rows)


def _pages(moment: SeenMoment) -> Sequence[str]:
    return [variable for look in moment.looks.values() for variable in look.pages]


def _memory_row(
    run: Observation, who: str, look: ProcessLook, variable: str, letters: dict[int, str]
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


def descriptors(run: Observation, moment: str) -> ScreenTable:
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
    return ScreenTable(heads, rows, _PIPES if has_pipes else "")


def _looks(run: Observation, moment: str) -> Mapping[str, ProcessLook]:
    found = run.moments.get(moment)
    return found.looks if found is not None else {}


def _end(one: SeenDescriptor, directory: str) -> str:
    if one.pipe:
        return f"{_ARROWS.get(one.access, '')} {one.pipe}"
    # A file of the demonstration's own is called as its code calls it.
    return one.target.removeprefix("/dev/").removeprefix(f"{directory}/")


def state_words(look: ProcessLook) -> str:
    """Say a process's state: the letter of proc(5), and what it sleeps in.

    >>> from simpsh.course.lesson.observation import ProcessLook as Look
    >>> state_words(Look(1, "S", "read")), state_words(Look(1, "Z"))
    ('S asleep in read', 'Z zombie')
    """
    if look.state == "S":
        return f"S asleep in {look.call}" if look.call else "S asleep"
    return _STATES.get(look.state, look.state)


def family(run: Observation, moment: str) -> ScreenTable:
    """Return the processes as a tree, with group, session and terminal, all by name."""
    found = run.moments.get(moment)
    looks = found.looks if found is not None else {}
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
        if has_terminal and found is not None:
            row.append(styled(_ground(look, found.foreground), ""))
        rows.append(row)
    return ScreenTable([*heads, "terminal"] if has_terminal else heads, rows)


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
