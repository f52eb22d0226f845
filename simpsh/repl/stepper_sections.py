"""The parts of the stepper's screen: each turns a piece of the session into lines."""

from __future__ import annotations

from simpsh.explore.outlook import shown
from simpsh.explore.panel import BLOCKED, DEADLOCK, END, ZOMBIE
from simpsh.repl.stepper_text import cut, fitted, piece, rule, spread, width_of, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.explore.outlook import Outlook
    from simpsh.explore.panel import Panel, ProcessLine
    from simpsh.explore.telling import Happening
    from simpsh.repl.stepper_text import Line

_TIED = "\N{NO-BREAK SPACE}"
"""Where a line may not be broken."""
_WORDS = {BLOCKED: "blocked", ZOMBIE: "zombie"}


def family(
    panel: Panel, selected: str, outlook: Outlook | None, width: int
) -> tuple[list[Line], int]:
    """Draw who there is and what each would do next.

    Args:
        panel: the state.
        selected: the choice, or the blocked process, that the cursor is on.
        outlook: what each choice leaves possible, if that is known.
        width: cells of a line.

    Returns:
        The lines, and the number of the line that the cursor is on.
    """
    tree = list(panel.tree())
    ready = panel.ready
    names = max([len(branch + line.name) for branch, line in tree] or [1]) + 2
    lines: list[Line] = []
    cursor = 0
    for branch, line in tree:
        if selected == line.name:
            cursor = len(lines)
        lines.append(_process(branch, line, (selected, ready, outlook), names, width))
        if line.why:
            indent = " " * (names + 15)
            lines += wrapped("faint", line.why, width - 2, indent=indent, most=2)
        for choice in line.choices:
            if choice != line.name:
                cursor = len(lines) if selected == choice else cursor
                lines.append(_signal(choice, line, (selected, ready, outlook), names, width))
    return lines, cursor


_Where = tuple[str, tuple[str, ...], "Outlook | None"]


def _process(branch: str, line: ProcessLine, where: _Where, names: int, width: int) -> Line:
    selected, ready, outlook = where
    is_ready = line.name in line.choices
    number = f"{ready.index(line.name) + 1}" if is_ready else ("z" if line.state == ZOMBIE else "·")
    kind = "ready" if is_ready else line.state
    word = "ready" if is_ready else _WORDS.get(line.state, "held")
    head = [
        _mark(selected == line.name),
        piece("key" if is_ready else "faint", f"{number:>2} "),
        piece("faint", branch),
        piece("name", f"{line.name:<{names - len(branch)}}"),
        piece(kind, f"{word:<9}"),
    ]
    left = [*head, piece("next" if is_ready else kind, line.next)]
    return _highlighted(spread(left, _left(outlook, line.name), width), selected == line.name)


def _signal(choice: str, line: ProcessLine, where: _Where, names: int, width: int) -> Line:
    selected, ready, outlook = where
    signals = " and ".join(line.pending) or "a pending signal"
    left = [
        _mark(selected == choice),
        piece("key", f"{ready.index(choice) + 1:>2} "),
        piece("name", f"{'':<{names}}"),
        piece("ready", f"{'ready':<9}"),
        piece("next", f"first {signals} acts on {line.name}"),
    ]
    return _highlighted(spread(left, _left(outlook, choice), width), selected == choice)


def _mark(is_selected: bool) -> tuple[str, str]:  # noqa: FBT001 - which of two marks
    return piece("cursor", "▸") if is_selected else ("", " ")


def _left(outlook: Outlook | None, choice: str) -> Line:
    words = outlook.left(choice) if outlook is not None else ""
    return [piece("faint", f"  → {words}")] if words else []


def _highlighted(line: Line, is_selected: bool) -> Line:  # noqa: FBT001 - one of two looks
    return [piece("selected", "".join(text for _, text in line))] if is_selected else line


def happened(told: Happening, width: int, most: int) -> list[Line]:
    """Draw what the last step did, and why: `most` lines at the most."""
    lines = wrapped("sentence", told.sentence, width, indent=" ", most=most)
    room = most - len(lines)
    if told.why and room > 0:
        lines += wrapped("faint", told.why, width, indent=" ", most=room)
    return lines


def pipes(panel: Panel, width: int) -> list[Line]:
    """Draw each pipe: what is inside, and who holds its ends; in two lines if it must be."""
    lines: list[Line] = []
    for pipe in panel.pipes:
        inside = f"holds {shown(pipe.content, 24)}" if pipe.content else "is empty"
        ends = f"write end: {_holders(pipe.writers)}   read end: {_holders(pipe.readers)}"
        head = [piece("pipe", f" {pipe.letter} "), ("", f"{inside:<16}  ")]
        if width_of(head) + len(ends) <= width:
            lines.append([*head, piece("faint", ends)])
        else:
            lines += [fitted(head, width), fitted([("", "   "), piece("faint", ends)], width)]
    return lines


def _holders(names: Sequence[str]) -> str:
    return ", ".join(names) or "nobody"


def output(data: bytes, width: int) -> Line:
    """Draw the output so far in one line."""
    words = shown(data, width - 6) if data else "nothing yet"
    return fitted([("", " "), piece("output" if data else "faint", words)], width)


def table(line: ProcessLine, width: int, most: int, *, is_named: bool = True) -> list[Line]:
    """Draw the descriptors of one process, and what it does about signals."""
    if not line.table:
        return []
    numbers: dict[str, list[str]] = {}
    for number, what in line.table:
        numbers.setdefault(what, []).append(str(number))
    parts = [f"{','.join(some)} {what}" for what, some in numbers.items()]
    words = " · ".join(part.replace(" ", _TIED) for part in [*parts, *line.handling])
    head = [piece("name", f" {line.name}"), ("", "  ")] if is_named else [("", " ")]
    room = width - width_of(head)
    found = [
        [(style, text.replace(_TIED, " ")) for style, text in one]
        for one in wrapped("faint", words, room, most=most)
    ]
    indent: Line = [("", " " * width_of(head))]
    return [[*(head if number == 0 else indent), *one] for number, one in enumerate(found)]


def ahead(outlook: Outlook | None, state: str, width: int, most: int) -> list[Line]:
    """Draw what can still be printed.

    Args:
        outlook: that; None while it is not known.
        state: why it is not known, or that more is being looked at.
        width: cells of a line.
        most: lines.
    """
    if outlook is None:
        return wrapped("faint", state, width, indent=" ", most=most)
    verdict = wrapped("faint", outlook.verdict or state, width, indent=" ", most=max(1, most // 3))
    room = max(1, most - len(verdict))
    return [*wrapped("output", outlook.listed, width, indent=" ", most=room), *verdict][:most]


def tail(schedule: Sequence[str], width: int) -> str:
    """Return a schedule in at most `width` characters: its end, if it is too long."""
    words = " ".join(schedule)
    if len(words) <= width:
        return words
    kept = words[len(words) - max(0, width - 2) :].partition(" ")[2]
    return f"… {kept}" if kept else ""


def verdict(panel: Panel, width: int) -> list[Line]:
    """Draw how it ended, if it did."""
    if panel.verdict == DEADLOCK:
        return wrapped("deadlock", panel.deadlock_words, width, indent=" ")
    if panel.verdict != END:
        return []
    lines: list[Line] = [[piece("end", cut(" Everybody has ended.", width))]]
    for name, how in panel.gone:
        lines.append(fitted([piece("name", f"   {name:<8}"), piece("faint", how)], width))
    return lines


def title(command: str, panel: Panel, width: int, more: str = "") -> Line:
    """Draw the uppermost line."""
    count = panel.number
    right = f"{more}after {count} step{'' if count == 1 else 's'} " if count else f"{more}held "
    style = "class:step.title"
    room = width - len(right)
    left = cut(f" simpsh step  {command}", room)
    return [(style, f"{left:<{room}}{right}")]


def heading(words: str, width: int, right: str = "") -> Line:
    """Draw a heading."""
    return rule(words, width, right)
