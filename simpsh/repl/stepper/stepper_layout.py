"""The stepper's screen as lines: what there is to show, fitted into its rows and columns."""

from __future__ import annotations

from simpsh.explore.step.panel_snapshot import DEADLOCK, END
from simpsh.repl.stepper import stepper_panels
from simpsh.repl.stepper.stepper_controller import READING, Mode, StepperController
from simpsh.repl.stepper.stepper_panels import fitted, indented, plain_cut, rule, two_columns
from simpsh.view.styled_text import Line, Piece, line, plain, styled

WIDE = (100, 30)
"""Columns and rows from which on there is room for two columns."""
_LEFT, _TOLD_ROWS, _FEWEST_FAMILY_ROWS = 70, 4, 4
_FEW_ROWS, _ENOUGH_ROWS, _HEAD_ROOM = 16, 21, 12


def page(stepper: StepperController, columns: int, rows: int) -> list[Line]:
    """Draw everything above the line that says what the keys do: exactly `rows` lines."""
    session, room = stepper.session, rows - 1
    along = f"{len(session.future)} more with f · " if session.future else ""
    top = stepper_panels.title(session.command, stepper.panel, columns, along)
    if stepper.mode in READING:
        match stepper.mode:
            case Mode.HELP:
                lines = stepper_panels.help_page(columns)
            case Mode.OUTPUTS:
                lines = stepper_panels.outputs_page(
                    stepper.outlook, stepper.panel.output, session.outlook_state, columns
                )
            case Mode.TIMELINE:
                lines = [rule("The steps so far as a timeline", columns)]
                lines += [plain_cut(row, columns) for row in session.timeline(columns)]
            case _:
                lines = stepper_panels.introduction(columns)
        stepper.scroll = max(0, min(stepper.scroll, len(lines) - room))
        body = lines[stepper.scroll : stepper.scroll + room]
    elif columns >= WIDE[0] and rows >= WIDE[1] - 1:
        body = _wide(stepper, columns, room)
    else:
        story = _told(stepper, columns, _TOLD_ROWS if room >= _ENOUGH_ROWS else 2)
        below = _below(stepper, columns, room)
        family = _family(stepper, columns, room - len(story) - len(below))
        gap = max(0, room - len(story) - len(family) - len(below))
        body = [*story, *family, *([()] * gap), *below]
    body += [()] * (room - len(body))
    return [top, *body[:room]]


def _told(stepper: StepperController, width: int, most: int) -> list[Line]:
    """Draw the last step, always in the same number of lines: nothing below may jump."""
    number = stepper.panel.number
    choice = stepper.session.moments[-1].narration.choice
    head = f"Step {number}: {choice}" if choice else "At the beginning"
    lines = stepper_panels.happened(stepper.told, width, most)
    schedule = stepper_panels.tail(stepper.session.schedule, width - len(head) - _HEAD_ROOM)
    return [rule(head, width, schedule), *lines, *([()] * (most - len(lines)))]


def _family(stepper: StepperController, width: int, room: int) -> list[Line]:
    over = stepper_panels.verdict(stepper.panel, width)
    lines, cursor = stepper_panels.family(stepper.panel, stepper.selected, stepper.outlook, width)
    room = max(_FEWEST_FAMILY_ROWS, room - 1 - len(over))
    more = " (↑↓ more)" if len(lines) > room else ""
    if more:
        first = max(0, min(cursor - room // 2, len(lines) - room))
        lines = lines[first : first + room]
    title = ("Who goes next?" if stepper.panel.ready else "Who is there") + more
    outlook = stepper.outlook
    ready = stepper.panel.ready
    is_known = outlook is not None and any(outlook.left(choice) for choice in ready)
    right = "→ outputs left" if is_known else ""
    return [rule(title, width, right), *over, *lines]


def _below(stepper: StepperController, width: int, room: int) -> list[Line]:
    panel = stepper.panel
    if room < _FEW_ROWS:
        return [rule("Output so far", width), stepper_panels.output(panel.output, width)]
    lines: list[Line] = []
    pipes = stepper_panels.pipes(panel, width)
    if pipes:
        lines += [rule("Pipes", width), *pipes[:4]]
    selected = panel.line(stepper.selected)
    is_short = room < _ENOUGH_ROWS
    if not is_short and selected is not None and selected.table:
        head = f"Descriptors of {selected.name}"
        lines += [
            rule(head, width),
            *stepper_panels.table(selected, width, 2, is_named=False),
        ]
    lines.append(rule("Output so far", width))
    lines.append(stepper_panels.output(panel.output, width))
    if panel.verdict not in (END, DEADLOCK):
        lines += _ahead(stepper, width, 1 if is_short else 2)
    return lines


def _ahead(stepper: StepperController, width: int, most: int) -> list[Line]:
    outlook, state = stepper.outlook, stepper.session.outlook_state
    head = outlook.head if outlook is not None else ""
    lines = stepper_panels.ahead(outlook, state, width, most)
    return [rule("What can still be printed", width, head), *lines]


def _wide(stepper: StepperController, columns: int, room: int) -> list[Line]:
    width = min(_LEFT, columns * 3 // 5)
    other = columns - width - 3
    told = _told(stepper, width, _TOLD_ROWS + 1)
    least = min(8, room // 4)
    family = _family(stepper, width, room - len(told) - least)
    story = _story(stepper, width, room - len(told) - len(family))
    return two_columns([*told, *family, *story], _right(stepper, other, room), width, columns)


def _story(stepper: StepperController, width: int, room: int) -> list[Line]:
    """Draw the end of the timeline so far."""
    if room < 4:
        return []
    rows, legend = stepper.session.timeline(width)[2:], []
    for place, row in enumerate(rows):
        if row.startswith("──"):
            rows, legend = rows[:place], rows[place + 1 :]
            break
    most = room - 1 - len(legend)
    lines = [plain_cut(row, width) for row in rows[-most:]]
    lines += [()] * (most - len(lines))
    lines += [plain_cut(row, width, "faint") for row in legend]
    return [rule("So far", width), *lines]


def _right(stepper: StepperController, width: int, room: int) -> list[Line]:
    panel = stepper.panel
    lines = [rule("Output so far", width)]
    # Line by line; ⏎ is a newline.
    *ended, last = panel.output.decode("utf-8", "backslashreplace").split("\n")
    for row in [*(f"{row}⏎" for row in ended), *([last] if last else [])][-6:]:
        clean = "".join(char if char.isprintable() else "·" for char in row)
        lines.append(fitted(line(" ", Piece(clean, "output")), width))
    if not panel.output:
        lines.append(styled(" nothing yet", "faint"))
    pipes = stepper_panels.pipes(panel, width)
    if pipes:
        lines += [(), rule("Pipes", width), *pipes[:6]]
    lines += [(), *_ahead(stepper, width, 8)] if panel.verdict not in (END, DEADLOCK) else []
    lines += [(), rule("Descriptors", width)]
    for _, process in panel.tree():
        lines += stepper_panels.table(process, width, 3)
    if panel.verdict != END and panel.gone:
        words = " · ".join(f"{name} {how}" for name, how in panel.gone)
        lines += [(), rule("No more", width), *indented("faint", words, width, indent=" ")]
    return lines[:room]


_READ_ON = "↑↓ PgUp PgDn read on", "Enter Esc  back to the processes", "q quit"
_KEYS = {
    Mode.INTRO: ("Enter  begin", "↑↓ read on", "q quit"),
    Mode.RUN: ("Run to the end:", "t in turns", "r at random", "f let go of all", "Esc no"),
    Mode.UNTIL: ("Enter run", "↑↓ other points, or type one: P1 reads, 3 steps …", "Esc no"),
    Mode.SAVE: ("Enter save", "Esc no"),
    **dict.fromkeys((Mode.HELP, Mode.TIMELINE, Mode.OUTPUTS), _READ_ON),
}
_LESS_NEEDED = "o outputs", "s save", "t timeline", "r run", "u until", "f forward", "0 again"
"""What stays out in a narrow window, the first of these first; ? lists them all."""


def keys(stepper: StepperController, width: int) -> Line:
    """Draw what the keys do now, in one line."""
    words = [*_KEYS.get(stepper.mode, ())]
    if not words:
        session, ready = stepper.session, stepper.panel.ready
        words += ["↑↓ Enter step"] if ready else []
        words += ["b back"] if session.schedule or session.is_free else []
        words += ["f forward"] if session.future else []
        words += ["u until", "r run"] if ready else ["0 again"]
        words += ["t timeline", "o outputs", "s save", "? help", "q quit"]
        for word in _LESS_NEEDED:
            if len("  ".join(words)) + 2 > width and word in words:
                words.remove(word)
    return styled(plain(fitted(line(" " + "  ".join(words)), width)), "keys")
