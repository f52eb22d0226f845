"""Stepping in plain lines: for pipes, scripts, screen readers, and terminals that cannot draw."""

from __future__ import annotations

import os
import sys
import textwrap
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError, UsageProblem
from simpsh.explore import points, schedules
from simpsh.explore.plain_words import HELP, INTRODUCTION, state_lines, step_lines
from simpsh.explore.stepping import RANDOM, TURNS
from simpsh.kernel.descriptors import write_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simpsh.explore.stepping import Session

_PROMPT = "> "
_SECONDS_MORE = 5.0
_FEW, _MANY, _LAST = 6, 50, 25
"""More new steps than these are told without their reasons; only the last ones are told."""


class Lines:
    """A conversation about a session, in lines."""

    def __init__(self, session: Session, *, is_typed: bool) -> None:
        """Take the session.

        Args:
            session: it has been entered.
            is_typed: whether somebody types at a terminal, who needs a prompt and sees the echo.
        """
        self._session = session
        self._is_typed = is_typed
        self._commands: dict[str, Callable[[str], None]] = {
            "b": self._back,
            "back": self._back,
            "f": self._forward,
            "forward": self._forward,
            "u": self._until,
            "until": self._until,
            "r": self._run,
            "run": self._run,
            "free": self._free,
            "restart": self._restart,
            "save": self._save,
            "load": self._load,
            "schedule": self._schedule,
            "timeline": self._timeline,
            "t": self._timeline,
            "ahead": self._ahead,
            "state": self._state,
            "help": self._help,
            "?": self._help,
        }

    def converse(self) -> None:
        """Read commands until there are no more, or one says quit."""
        if self._is_typed:
            self._say(INTRODUCTION)
        self._tell_state()
        self._say([words for words in (self._session.news(),) if words])
        while True:
            line = self._next_line()
            if line is None or line in ("q", "quit", "exit"):
                return
            if line and not line.startswith("#"):
                self._obey(line)

    def watch(self) -> None:
        """Walk along the schedule to its end, and tell each step.

        Raises:
            ScheduleMisfit: it says something that cannot be done.
        """
        self._tell_state()
        while self._session.future:
            self._session.forward()
            self._tell_last()

    def _next_line(self) -> str | None:
        if self._is_typed:
            self._write(_PROMPT)
        # Descriptor 0 may have been closed from the start.
        line = sys.stdin.readline() if sys.stdin is not None else ""
        if not line:
            if self._is_typed:
                self._say([""])
            return None
        words = " ".join(line.split())
        if not self._is_typed and words:
            # In a transcript, the answer stands below its question.
            self._say(["", f"{_PROMPT}{words}"])
        return words

    def _obey(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        before = len(self._session.moments)
        self._session.note = ""
        try:
            if name in self._commands:
                self._commands[name](rest)
            else:
                self._choose(name)
        except SimpshError as problem:
            self._say([f"{str(problem)[:1].upper()}{str(problem)[1:]}."])
            self._say(["Ready: " + (", ".join(self._session.panel.ready) or "nobody") + "."])
        self._news(before)

    def _news(self, before: int) -> None:
        """Tell what is new since there were so many moments."""
        session = self._session
        made = len(session.moments) - before
        if made > 0:
            self._tell_steps(made)
        self._say([words for words in (session.note, session.news()) if words])

    # ------------------------------------------------------------------------ commands

    def _choose(self, word: str) -> None:
        session = self._session
        if word.isdigit() and 1 <= int(word) <= len(session.panel.ready):
            session.choose(session.panel.ready[int(word) - 1])
        elif schedules.is_choice(word):
            session.choose(word)
        else:
            raise UsageProblem(
                f"{word}: neither a process nor a command; 'help' lists the commands"
            )

    def _back(self, rest: str) -> None:
        for _ in range(int(rest) if rest.isdigit() else 1):
            self._session.back()
        self._tell_state()

    def _forward(self, rest: str) -> None:
        for _ in range(int(rest) if rest.isdigit() else 1):
            self._session.forward()

    def _until(self, rest: str) -> None:
        self._session.go_to(points.parse(rest))

    def _run(self, rest: str) -> None:
        orders = {"": TURNS, "turns": TURNS, "in turns": TURNS, "random": RANDOM}
        if rest == "free":
            self._free("")
        elif rest in orders:
            self._session.finish(orders[rest])
        else:
            raise UsageProblem(f"run {rest}: it is run, run random, or free")

    def _free(self, _rest: str) -> None:
        self._session.free()
        self._tell_state()

    def _restart(self, _rest: str) -> None:
        self._session.restart()
        self._tell_state()

    def _save(self, rest: str) -> None:
        if not rest:
            raise UsageProblem("save: into which file? Say: save FILE")
        self._session.save(rest)
        self._say([f"The schedule is in {rest}."])

    def _load(self, rest: str) -> None:
        if not rest:
            raise UsageProblem("load: which file? Say: load FILE")
        self._session.walk(schedules.load(rest))
        self._say(
            [f"Back at the beginning; {len(self._session.future)} steps lie ahead (forward)."]
        )
        self._tell_state()

    def _schedule(self, _rest: str) -> None:
        self._say([" ".join(self._session.schedule) or "No steps have been made yet."])

    def _timeline(self, _rest: str) -> None:
        self._say(self._session.timeline(_width()))

    def _ahead(self, _rest: str) -> None:
        if self._session.look(_SECONDS_MORE):
            self._say(["There is still more to look at."])
        self._tell_state()

    def _state(self, _rest: str) -> None:
        self._tell_state()

    def _help(self, _rest: str) -> None:
        self._say(HELP)

    # ------------------------------------------------------------------------ telling

    def _tell_steps(self, count: int) -> None:
        moments = self._session.moments
        if count > _MANY:
            self._say([f"({count - _LAST} steps before these; 'timeline' draws them all.)"])
            count = _LAST
        for place in range(len(moments) - count, len(moments) - 1):
            self._say(step_lines(moments[place], moments[place - 1].panel, is_short=count > _FEW))
        self._tell_last()

    def _tell_last(self) -> None:
        moments = self._session.moments
        self._say(step_lines(moments[-1], moments[-2].panel))
        self._say(state_lines(self._session.panel, self._session.outlook(), self._state_words()))

    def _tell_state(self) -> None:
        told = self._session.moments[-1].happening
        head = f"Step {self._session.panel.number}. " if told.choice else ""
        self._say([f"{head}{told.sentence}", *([told.why] if told.why else [])])
        self._say(state_lines(self._session.panel, self._session.outlook(), self._state_words()))

    def _state_words(self) -> str:
        return self._session.outlook_state

    def _say(self, lines: Iterable[str]) -> None:
        if self._is_typed:
            lines = [part for line in lines for part in _folded(line, _width())]
        self._write("".join(f"{line}\n" for line in lines))

    def _write(self, text: str) -> None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        write_all(1, text.encode(encoding, "backslashreplace"))


def _folded(line: str, width: int) -> list[str]:
    """Break a line that is too long for the terminal between words; pictures are not."""
    if len(line) <= width:
        return [line]
    return textwrap.wrap(line, width, subsequent_indent="   ", break_on_hyphens=False)


def _width() -> int:
    try:
        return max(40, os.get_terminal_size(1).columns)
    except OSError:
        return 80
