"""The stepper's screen as lines: what is there, fitted into the rows and columns there are."""

from __future__ import annotations

from simpsh.explore.panel import DEADLOCK, END
from simpsh.repl import stepper_desk as desks
from simpsh.repl import stepper_sections as sections
from simpsh.repl.stepper_pages import help_page, introduction, outputs_page
from simpsh.repl.stepper_text import beside, cut, fitted, piece, rule, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.repl.stepper_desk import Desk
    from simpsh.repl.stepper_text import Line

WIDE = (100, 30)
"""Columns and rows from which on there is room for two columns."""
_LEFT, _TOLD_ROWS, _FEWEST_FAMILY_ROWS = 70, 4, 4
_FEW_ROWS, _ENOUGH_ROWS, _HEAD_ROOM = 16, 21, 12
_HEADS = {
    desks.INTRO: "",
    desks.HELP: "",
    desks.TIMELINE: "The steps so far as a timeline",
    desks.OUTPUTS: "",
}


def page(desk: Desk, columns: int, rows: int) -> list[Line]:
    """Draw everything above the line that says what the keys do: exactly `rows` lines."""
    top = sections.title(desk.session.command, desk.panel, columns, _along(desk))
    room = rows - 1
    if desk.mode in desks.READING:
        body = _reading(desk, columns, room)
    elif columns >= WIDE[0] and rows >= WIDE[1] - 1:
        body = _wide(desk, columns, room)
    else:
        body = _narrow(desk, columns, room)
    body += [[] for _ in range(room - len(body))]
    return [top, *body[:room]]


def _along(desk: Desk) -> str:
    ahead = len(desk.session.future)
    return f"{ahead} more with f · " if ahead else ""


def _reading(desk: Desk, width: int, room: int) -> list[Line]:
    match desk.mode:
        case desks.HELP:
            lines = help_page(width)
        case desks.OUTPUTS:
            session = desk.session
            lines = outputs_page(desk.outlook, desk.panel.output, session.outlook_state, width)
        case desks.TIMELINE:
            lines = [rule(_HEADS[desk.mode], width)]
            lines += [[("", cut(line, width))] for line in desk.session.timeline(width)]
        case _:
            lines = introduction(width)
    desk.scroll = max(0, min(desk.scroll, len(lines) - room))
    return lines[desk.scroll : desk.scroll + room]


def _told(desk: Desk, width: int, most: int) -> list[Line]:
    """Draw the last step, always in the same number of lines: nothing below may jump."""
    number = desk.panel.number
    choice = desk.session.moments[-1].happening.choice
    head = f"Step {number}: {choice}" if choice else "At the beginning"
    lines = sections.happened(desk.told, width, most)
    schedule = sections.tail(desk.session.schedule, width - len(head) - _HEAD_ROOM)
    return [sections.heading(head, width, schedule), *lines, *([[]] * (most - len(lines)))]


def _family(desk: Desk, width: int, room: int) -> list[Line]:
    over = sections.verdict(desk.panel, width)
    lines, cursor = sections.family(desk.panel, desk.selected, desk.outlook, width)
    room = max(_FEWEST_FAMILY_ROWS, room - 1 - len(over))
    more = " (↑↓ more)" if len(lines) > room else ""
    if more:
        first = max(0, min(cursor - room // 2, len(lines) - room))
        lines = lines[first : first + room]
    title = ("Who goes next?" if desk.panel.ready else "Who is there") + more
    outlook = desk.outlook
    ready = desk.panel.ready
    is_known = outlook is not None and any(outlook.left(choice) for choice in ready)
    right = "→ outputs left" if is_known else ""
    return [sections.heading(title, width, right), *over, *lines]


def _narrow(desk: Desk, width: int, room: int) -> list[Line]:
    told = _told(desk, width, _TOLD_ROWS if room >= _ENOUGH_ROWS else 2)
    below = _below(desk, width, room)
    family = _family(desk, width, room - len(told) - len(below))
    gap = max(0, room - len(told) - len(family) - len(below))
    return [*told, *family, *([[]] * gap), *below]


def _below(desk: Desk, width: int, room: int) -> list[Line]:
    panel = desk.panel
    if room < _FEW_ROWS:
        return [sections.heading("Output so far", width), sections.output(panel.output, width)]
    lines: list[Line] = []
    pipes = sections.pipes(panel, width)
    if pipes:
        lines += [sections.heading("Pipes", width), *pipes[:4]]
    selected = panel.line(desk.selected)
    is_short = room < _ENOUGH_ROWS
    if not is_short and selected is not None and selected.table:
        head = f"Descriptors of {selected.name}"
        lines += [
            sections.heading(head, width),
            *sections.table(selected, width, 2, is_named=False),
        ]
    lines.append(sections.heading("Output so far", width))
    lines.append(sections.output(panel.output, width))
    if panel.verdict not in (END, DEADLOCK):
        lines += _ahead(desk, width, 1 if is_short else 2)
    return lines


def _ahead(desk: Desk, width: int, most: int) -> list[Line]:
    outlook, state = desk.outlook, desk.session.outlook_state
    head = outlook.head if outlook is not None else ""
    lines = sections.ahead(outlook, state, width, most)
    return [sections.heading("What can still be printed", width, head), *lines]


def _wide(desk: Desk, columns: int, room: int) -> list[Line]:
    width = min(_LEFT, columns * 3 // 5)
    other = columns - width - 3
    told = _told(desk, width, _TOLD_ROWS + 1)
    least = min(8, room // 4)
    family = _family(desk, width, room - len(told) - least)
    story = _story(desk, width, room - len(told) - len(family))
    return beside([*told, *family, *story], _right(desk, other, room), width, columns)


def _story(desk: Desk, width: int, room: int) -> list[Line]:
    """Draw the end of the timeline so far."""
    if room < 4:
        return []
    rows, legend = desk.session.timeline(width)[2:], []
    for place, line in enumerate(rows):
        if line.startswith("──"):
            rows, legend = rows[:place], rows[place + 1 :]
            break
    most = room - 1 - len(legend)
    lines: list[Line] = [[("", cut(row, width))] for row in rows[-most:]]
    lines += [[] for _ in range(most - len(lines))]
    lines += [[piece("faint", cut(row, width))] for row in legend]
    return [sections.heading("So far", width), *lines]


def _right(desk: Desk, width: int, room: int) -> list[Line]:
    panel = desk.panel
    lines = [sections.heading("Output so far", width), *_printed(panel.output, width, 6)]
    pipes = sections.pipes(panel, width)
    if pipes:
        lines += [[], sections.heading("Pipes", width), *pipes[:6]]
    lines += [[], *_ahead(desk, width, 8)] if panel.verdict not in (END, DEADLOCK) else []
    lines += [[], sections.heading("Descriptors", width)]
    for _, line in panel.tree():
        lines += sections.table(line, width, 3)
    if panel.verdict != END:
        lines += _gone(panel.gone, width)
    return lines[:room]


def _printed(output: bytes, width: int, most: int) -> list[Line]:
    """Draw the output line by line; ⏎ is a newline."""
    if not output:
        return [[piece("faint", " nothing yet")]]
    text = output.decode("utf-8", "backslashreplace")
    lines = text.split("\n")
    shown = [f"{line}⏎" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    clean = ["".join(char if char.isprintable() else "·" for char in line) for line in shown]
    return [fitted([("", " "), piece("output", line)], width) for line in clean[-most:]]


def _gone(gone: Sequence[tuple[str, str]], width: int) -> list[Line]:
    if not gone:
        return []
    words = " · ".join(f"{name} {how}" for name, how in gone)
    return [[], sections.heading("No more", width), *wrapped("faint", words, width, indent=" ")]


def keys(desk: Desk, width: int) -> Line:
    """Say what the keys do now, in one line."""
    words = "  ".join(_keys(desk, width))
    return [("class:step.keys", cut(f" {words}", width).ljust(width))]


def _keys(desk: Desk, width: int) -> list[str]:
    match desk.mode:
        case desks.INTRO:
            return ["Enter  begin", "↑↓ read on", "q quit"]
        case desks.RUN:
            return ["Run to the end:", "t in turns", "r at random", "f let go of all", "Esc no"]
        case desks.UNTIL:
            return ["Enter run", "↑↓ other points, or type one: P.1 reads, 3 steps …", "Esc no"]
        case desks.SAVE:
            return ["Enter save", "Esc no"]
        case desks.HELP | desks.TIMELINE | desks.OUTPUTS:
            return ["↑↓ PgUp PgDn read on", "Enter Esc  back to the processes", "q quit"]
        case _:
            return _stepping_keys(desk, width)


def _stepping_keys(desk: Desk, width: int) -> list[str]:
    session, ready = desk.session, desk.panel.ready
    found = ["↑↓ Enter step"] if ready else []
    found += ["b back"] if session.schedule or session.is_free else []
    found += ["f forward"] if session.future else []
    found += ["u until", "r run"] if ready else ["0 again"]
    found += ["t timeline", "o outputs", "s save", "? help", "q quit"]
    # In a narrow window the less needed ones stay out; ? lists them all.
    for word in ("o outputs", "s save", "t timeline", "r run", "u until", "f forward", "0 again"):
        if len("  ".join(found)) + 2 > width and word in found:
            found.remove(word)
    return found
