"""Which command waits for the keyboard, and what it is given of what a reader of a cell types.

No event tells that a process reads its terminal: it is looked for, when nothing else happens.
"""

from __future__ import annotations

import termios

from simpsh.base.phrases import shortened
from simpsh.base.record import Record
from simpsh.process.diagnose.diagnosis import awaits_keyboard
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import all_processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.process.own_terminal import OwnTerminal

_LOCAL = 3
"""Where tcgetattr has the local modes."""
KEYS = {"^C": "\x03", "^D": "\x04", "^Z": "\x1a", "^\\": "\x1c"}
"""What is typed for a key that a notebook does not have."""


class KeyboardRequest(Record):
    """A command of the foreground that wants the keyboard."""

    name: str
    """How people call it; empty for the shell itself."""
    takes_keys: bool
    """Whether it takes single keys rather than lines: it wants a screen, which a cell is not."""
    is_secret: bool
    """Whether what is typed is not to be shown: it has turned the echo off."""


def keyboard_request(terminal: OwnTerminal, shell: int) -> KeyboardRequest | None:
    """Return which command waits for the keyboard now; None if none does.

    Args:
        terminal: the shell's.
        shell: the shell's pid.
    """
    group = terminal.foreground()
    modes = termios.tcgetattr(terminal.master)[_LOCAL]
    members = [one for one in all_processes().values() if one.pgid == group]
    if not modes & termios.ICANON and group not in (0, shell):
        # Whatever it sleeps in (select, a timer), its keys come next. While it runs, it may still
        # be opening its screen, or give the lines back by itself.
        if all(one.state != "S" for one in members):
            return None
        return KeyboardRequest(_named(group), takes_keys=True, is_secret=False)
    for pid in (one.pid for one in members):
        try:
            if awaits_keyboard(pid):
                name = "" if pid == shell else _named(pid)
                return KeyboardRequest(name, takes_keys=False, is_secret=not modes & termios.ECHO)
        except (ProcessLookupError, PermissionError):
            continue  # it has ended meanwhile, or belongs to another user
    return None


def _named(pid: int) -> str:
    return shortened(command(pid), 40)


def typed_for(answer: str) -> str:
    r"""Return what is typed at the terminal for an answer: a line, or a key's name alone.

    >>> typed_for("two words"), typed_for("^D")
    ('two words\\n', '\\x04')
    """
    return KEYS.get(answer.strip(), f"{answer}\n")
