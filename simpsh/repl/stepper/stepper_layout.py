"""The stepper's screen as lines: the parts of the screen and the pages."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from simpsh.base.events import place_words
from simpsh.explore.objects.name_words import quote_output
from simpsh.explore.step.look_ahead import Outlook
from simpsh.explore.step.panel_snapshot import (
    BLOCKED,
    DEADLOCK,
    END,
    ZOMBIE,
    FamilySnapshot,
    StepNarration,
)
from simpsh.repl.stepper.stepper_controller import StepperController
from simpsh.view.styled_text import Line, Piece, cut, line, line_width, padded, plain, styled

_STORY_ROWS, _FEWEST_FAMILY_ROWS = 4, 4
_FEW_ROWS, _ENOUGH_ROWS, _HEAD_ROOM = 16, 21, 12


def page(stepper: StepperController, columns: int, rows: int) -> list[Line]:
    """Draw everything above the line of keys: exactly `rows` lines."""
    session, room = stepper.session, rows - 1
    along = f"{len(session.future)} more with f · " if session.future else ""
    top = title(session.command, stepper.panel, columns, along)
    if stepper.is_reading:
        lines = help_page(columns)
        stepper.scroll = max(0, min(stepper.scroll, len(lines) - room))
        body = lines[stepper.scroll : stepper.scroll + room]
    else:
        story = _story(stepper, columns, _STORY_ROWS if room >= _ENOUGH_ROWS else 2)
        below = _below(stepper, columns, room)
        family = _family(stepper, columns, room - len(story) - len(below))
        gap = max(0, room - len(story) - len(family) - len(below))
        body = [*story, *family, *([()] * gap), *below]
    body += [()] * (room - len(body))
    return [top, *body[:room]]


def _story(stepper: StepperController, width: int, most: int) -> list[Line]:
    """Draw the last step in a fixed number of lines, so that the parts below do not move."""
    number = stepper.panel.number
    choice = stepper.session.moments[-1].narration.choice
    head = f"Step {number}: {choice}" if choice else "At the beginning"
    lines = happened(stepper.narration, width, most)
    schedule = tail(stepper.session.schedule, width - len(head) - _HEAD_ROOM)
    return [rule(head, width, schedule), *lines, *([()] * (most - len(lines)))]


def _family(stepper: StepperController, width: int, room: int) -> list[Line]:
    over = verdict(stepper.panel, width)
    lines, cursor = draw_family(stepper.panel, stepper.selected, stepper.outlook, width)
    room = max(_FEWEST_FAMILY_ROWS, room - 1 - len(over))
    more = " (↑↓ more)" if len(lines) > room else ""
    if more:
        first = max(0, min(cursor - room // 2, len(lines) - room))
        lines = lines[first : first + room]
    title = ("Who goes next?" if stepper.panel.ready else "Processes") + more
    outlook = stepper.outlook
    ready = stepper.panel.ready
    is_known = outlook is not None and any(outlook.left(choice) for choice in ready)
    right = "→ outputs left" if is_known else ""
    return [rule(title, width, right), *over, *lines]


def _below(stepper: StepperController, width: int, room: int) -> list[Line]:
    panel = stepper.panel
    if room < _FEW_ROWS:
        return [rule("Output so far", width), output(panel.output, width)]
    lines: list[Line] = []
    if panel.pipes:
        lines += [rule("Pipes", width), *pipes(panel, width)[:4]]
    is_short = room < _ENOUGH_ROWS
    lines.append(rule("Output so far", width))
    lines.append(output(panel.output, width))
    if panel.verdict not in (END, DEADLOCK):
        outlook, state = stepper.outlook, stepper.session.look_ahead.state
        head = outlook.head if outlook is not None else ""
        lines.append(rule("What can still be printed", width, head))
        lines += draw_outlook(outlook, state, width, 1 if is_short else 2)
    return lines


_WHILE_READING = "↑↓ read on", "Enter  the processes", "q quit"
_LESS_NEEDED = "r run", "f forward", "0 again"
"""Keys to omit in a narrow window, in this order; ? lists all keys."""


def keys(stepper: StepperController, width: int) -> Line:
    """Draw the current keys in one line."""
    words = [*_WHILE_READING] if stepper.is_reading else []
    if not words:
        session, ready = stepper.session, stepper.panel.ready
        words += ["↑↓ Enter step"] if ready else []
        words += ["b back"] if session.schedule else []
        words += ["f forward"] if session.future else []
        words += ["r run"] if ready else ["0 again"]
        words += ["? help", "q quit"]
        for word in _LESS_NEEDED:
            if len("  ".join(words)) + 2 > width and word in words:
                words.remove(word)
    return styled(plain(fitted(line(" " + "  ".join(words)), width)), "keys")


# ------------------------------------------------------------------------ the parts

_LEAST_WITH_PLACES = 60
_WORDS = {BLOCKED: "blocked", ZOMBIE: "zombie"}


def draw_family(
    panel: FamilySnapshot, selected: str, outlook: Outlook | None, width: int
) -> tuple[list[Line], int]:
    """Draw the processes and their next steps; also return the cursor's line number."""
    tree = list(panel.tree())
    ready = panel.ready
    names = max([len(branch + process.name) for branch, process in tree] or [1]) + 2
    location_width = max((len(place_words(process.at)) for _, process in tree), default=0)
    location_width = location_width if width >= _LEAST_WITH_PLACES else 0
    lines: list[Line] = []
    cursor = 0
    for branch, process in tree:
        if selected == process.name:
            cursor = len(lines)
        name = process.name
        is_ready = name in process.choices
        number = str(ready.index(name) + 1) if is_ready else "z" if process.state == ZOMBIE else "·"
        kind = "ready" if is_ready else process.state
        word = "ready" if is_ready else _WORDS.get(process.state, "held")
        row = line(
            Piece(f"{number:>2} ", "key" if is_ready else "faint"),
            Piece(branch, "faint"),
            Piece(f"{name:<{names - len(branch)}}", "name"),
            Piece(f"{word:<9}", kind),
            Piece(process.next, "next" if is_ready else kind),
        )
        if location_width:
            # Shorten the words to make room for the source location.
            right = styled(f"  {place_words(process.at):<{location_width}}", "faint")
            left = max((len(outlook.left(choice)) for choice in ready), default=0) if outlook else 0
            row = spread(row, right, width - 1 - (len("  → ") + left if left else 0))
        lines.append(_row(process.name, row, selected, outlook, width))
        if process.why:
            indent = " " * (names + 15)
            lines += indented("faint", process.why, width - 2, indent=indent, most=2)
        for choice in process.choices:
            if choice != process.name:
                cursor = len(lines) if selected == choice else cursor
                signals = " and ".join(process.pending) or "a pending signal"
                row = line(
                    Piece(f"{ready.index(choice) + 1:>2} ", "key"),
                    Piece(f"{'':<{names}}", "name"),
                    Piece(f"{'ready':<9}", "ready"),
                    Piece(f"first {signals} acts on {process.name}", "next"),
                )
                lines.append(_row(choice, row, selected, outlook, width))
    return lines, cursor


def _row(choice: str, step: Line, selected: str, outlook: Outlook | None, width: int) -> Line:
    """Draw a choice, with the cursor's mark and with the outputs that remain possible after it."""
    is_selected = choice == selected
    mark = Piece("▸", "cursor") if is_selected else Piece(" ")
    words = outlook.left(choice) if outlook is not None else ""
    row = spread(line(mark, step), styled(f"  → {words}", "faint") if words else (), width)
    return styled(plain(row), "selected") if is_selected else row


def happened(narration: StepNarration, width: int, most: int) -> list[Line]:
    """Draw the effect of the last step and its reason in at most `most` lines."""
    lines = indented("sentence", narration.sentence, width, indent=" ", most=most)
    room = most - len(lines)
    if narration.why and room > 0:
        lines += indented("faint", narration.why, width, indent=" ", most=room)
    return lines


def pipes(panel: FamilySnapshot, width: int) -> list[Line]:
    """Draw each pipe with its content and the holders of its ends, in one or two lines."""
    lines: list[Line] = []
    for pipe in panel.pipes:
        inside = f"holds {quote_output(pipe.content, 24)}" if pipe.content else "is empty"
        ends = f"write end: {_holders(pipe.writers)}   read end: {_holders(pipe.readers)}"
        head = line(Piece(f" {pipe.letter or pipe.words} ", "pipe"), f"{inside:<16}  ")
        if line_width(head) + len(ends) <= width:
            lines.append(line(head, Piece(ends, "faint")))
        else:
            lines += [fitted(head, width), fitted(line("   ", Piece(ends, "faint")), width)]
    return lines


def _holders(names: Sequence[str]) -> str:
    return ", ".join(names) or "no process"


def output(data: bytes, width: int) -> Line:
    """Draw the output so far in one line."""
    words = quote_output(data, width - 6) if data else "nothing yet"
    return fitted(line(" ", Piece(words, "output" if data else "faint")), width)


def draw_outlook(outlook: Outlook | None, state: str, width: int, most: int) -> list[Line]:
    """Draw the outputs that are still possible; `state` is shown if they are not all known."""
    if outlook is None:
        return indented("faint", state, width, indent=" ", most=most)
    verdict = indented("faint", outlook.verdict or state, width, indent=" ", most=max(1, most // 3))
    room = max(1, most - len(verdict))
    return [*indented("output", outlook.listed, width, indent=" ", most=room), *verdict][:most]


def tail(schedule: Sequence[str], width: int) -> str:
    """Return the end of a schedule, in at most `width` characters."""
    words = " ".join(schedule)
    if len(words) <= width:
        return words
    tail = words[len(words) - max(0, width - 2) :].partition(" ")[2]
    return f"… {tail}" if tail else ""


def verdict(panel: FamilySnapshot, width: int) -> list[Line]:
    """Draw the final result, if all processes have ended or deadlocked."""
    if panel.verdict == DEADLOCK:
        return indented("deadlock", panel.deadlock_words, width, indent=" ")
    if panel.verdict != END:
        return []
    lines = [cut(styled(" All processes have ended.", "end"), width)]
    for name, ending in panel.gone:
        lines.append(fitted(line(Piece(f"   {name:<8}", "name"), Piece(ending, "faint")), width))
    return lines


def title(command: str, panel: FamilySnapshot, width: int, more: str = "") -> Line:
    """Draw the title line."""
    count = panel.number
    right = f"{more}after {count} step{'' if count == 1 else 's'} " if count else f"{more}held "
    left = line(f" simpsh step  {command}")
    return styled(plain(line(fitted(left, width - len(right)), right)), "title")


_INTRODUCTION = (
    "You are the scheduler: on a running system the kernel chooses the next process, thousands of "
    "times a second. Every process of the command is real, and held before its next step that "
    "other processes can notice: a read, a write, a wait, a signal, its end. Choose one that is "
    "ready: it makes that step, and is held again. Go back with b, and choose another order."
)
_KEYS = (
    ("↑ ↓  k j", "move; Enter or Space steps that process"),
    ("1 … 9", "step the choice with that number"),
    ("b  ←", "undo the last step (the program is run again up to there)"),
    ("f  →", "redo it; with --schedule: the next step of the schedule"),
    ("r  R", "run to the end: in turns, or at random"),
    ("0  Home", "back to the beginning"),
    ("q  ^C  ^D", "leave, and end all processes; prints ending to repeat the steps"),
)
_DEFINITIONS = (
    ("P0  P1  P1.2", "the first process, its first child, the second child of P1"),
    ("ready", "it can step now; its number chooses it"),
    ("blocked", "its step cannot return yet; the reason is below"),
    ("zombie", "it has ended; its parent has not collected its status with wait"),
    ("→ 2 of 3", "this choice leaves 2 of the 3 outputs possible"),
    ("P1!", "let a signal that was sent to P1 act before its step"),
)


def help_page(width: int) -> list[Line]:
    """Draw what the stepper is for, and the meanings of keys and words."""
    return [
        *indented("sentence", _INTRODUCTION, width - 2, indent=" "),
        (),
        rule("Keys", width),
        *_definitions(_KEYS, width),
        rule("Words", width),
        *_definitions(_DEFINITIONS, width),
    ]


def _definitions(pairs: Sequence[tuple[str, str]], width: int) -> list[Line]:
    lines: list[Line] = []
    for term, meaning in pairs:
        first, *others = indented("", meaning, width - 17)
        lines.append(line(" ", Piece(f"{term:<15}", "name"), first))
        lines += [line(" " * 16, other) for other in others]
    return lines


def fitted(content: Line, width: int) -> Line:
    """Return a line of exactly `width` columns."""
    return padded(cut(content, width), width)


def spread(left: Line, right: Line, width: int) -> Line:
    """Return a line with a part at each margin; the left one is shortened."""
    return line(fitted(left, max(0, width - line_width(right))), right)


def indented(style: str, text: str, width: int, *, indent: str = "", most: int = 99) -> list[Line]:
    """Return a text as at most `most` lines of at most `width` columns."""
    rows = textwrap.wrap(
        text, max(8, width - len(indent)), max_lines=most, placeholder=" …", break_on_hyphens=False
    )
    return [line(indent, Piece(row, style)) for row in rows]


def rule(title: str, width: int, right: str = "") -> Line:
    """Return a heading: a horizontal line with a title."""
    before = line(Piece("── ", "rule"), Piece(title, "heading"), " ") if title else ()
    after = line(" ", Piece(right, "faint"), Piece(" ──", "rule")) if right else ()
    if line_width(before) + line_width(after) > width:
        after = ()
    dashes = "─" * max(0, width - line_width(before) - line_width(after))
    return line(before, Piece(dashes, "rule"), after)
