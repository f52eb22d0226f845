"""The pages of the stepper that are read: the first screen, the help, lists."""

from __future__ import annotations

from simpsh.explore.outlook import shown
from simpsh.repl.stepper_text import piece, rule, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.explore.outlook import Outlook
    from simpsh.repl.stepper_text import Line

_INTRODUCTION = (
    ("You are the scheduler.", "sentence"),
    (
        "On a running system the kernel decides which process goes next, thousands of times a "
        "second, and tells nobody. Here it is you.",
        "",
    ),
    (
        "Every process of the command is real, and held just before its next step that others "
        "can notice: a read, a write, a wait, a signal, its end. Choose one that is ready: it "
        "makes that step, then runs on by itself up to the next one, and is held again.",
        "",
    ),
    (
        "A process is blocked when its step cannot return yet: it waits for a child that is "
        "alive, or reads from a pipe that is empty. You cannot choose it; somebody else must "
        "go first. That is all the order there is. Everything else is up to you.",
        "",
    ),
    (
        "Try this: take the steps in one order, look at the output, go back with b, and take "
        "them in another order.",
        "",
    ),
)
_KEYS = (
    ("↑ ↓  k j", "move; Enter or Space lets that process make its step"),
    ("1 … 9", "let the choice of that number make its step"),
    ("b  ←", "take the last step back (the program is run again up to there)"),
    ("f  →", "make it again; with --schedule: the next step of the schedule"),
    ("u", "run until …: exit of P.1 · P.1 reads · somebody is blocked · output · choice"),
    ("r", "run to the end: in turns, at random, or let everybody go"),
    ("0  Home", "back to the beginning"),
    ("t", "the steps so far as a timeline"),
    ("o", "the list of what can still be printed"),
    ("s", "save the schedule; `simpsh step --schedule @FILE COMMAND` repeats it"),
    ("q  ^C  ^D", "leave: everybody is ended, nothing stays behind"),
)
_WORDS = (
    ("P  P.1  P.1.2", "the first process, its first child, that one's second child"),
    ("ready", "its step can be made now; the number chooses it"),
    ("blocked", "its step cannot return yet; below it says what is missing"),
    ("zombie", "it has ended, and its parent has not collected its status with wait"),
    ("→ 2 of 3", "this choice leaves 2 of the 3 outputs possible"),
    ("P.1!", "let a signal that was sent to P.1 act before its step"),
)


def introduction(width: int) -> list[Line]:
    """Draw the first screen."""
    lines: list[Line] = [[]]
    for text, kind in _INTRODUCTION:
        lines += [*wrapped(kind, text, width - 2, indent=" "), []]
    return lines


def help_page(width: int) -> list[Line]:
    """Draw what the keys and the words mean."""
    return [
        rule("Keys", width),
        *_definitions(_KEYS, width),
        rule("Words", width),
        *_definitions(_WORDS, width),
    ]


def _definitions(pairs: Sequence[tuple[str, str]], width: int) -> list[Line]:
    lines: list[Line] = []
    for term, meaning in pairs:
        first, *others = wrapped("", meaning, width - 17)
        lines.append([("", " "), piece("name", f"{term:<15}"), *first])
        lines += [[("", " " * 16), *other] for other in others]
    return lines


def outputs_page(outlook: Outlook | None, output: bytes, state: str, width: int) -> list[Line]:
    """Draw the list of what can still be printed."""
    lines: list[Line] = [rule("What can still be printed", width)]
    if outlook is None:
        return [*lines, *wrapped("", state, width, indent=" ")]
    if output:
        lines.append([("", " printed already: "), piece("output", shown(output, width - 24))])
    lines.append(
        [piece("sentence", f" {outlook.head[:1].upper()}{outlook.head[1:]} from here on:")]
    )
    rests = (shown(rest, width - 8) if rest else "nothing" for rest in outlook.rests)
    lines += [[("", "   "), piece("output", words)] for words in rests]
    if outlook.count > len(outlook.rests):
        lines.append([("", f"   … and {outlook.count - len(outlook.rests)} more")])
    for words in (outlook.verdict, state if not outlook.is_complete else ""):
        lines += wrapped("", words, width, indent=" ") if words else []
    return lines
