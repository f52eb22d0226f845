"""What can be typed at every stop beside Enter: each command comes back to the same stop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simpsh.course.observation import Observation
from simpsh.course.reading import Left
from simpsh.course.screen.folding import EVERYTHING
from simpsh.course.screen.styled import Piece, line, styled
from simpsh.course.screen.text import labelled, marked, wrapped
from simpsh.course.sections import QUESTIONS, opening_after, opening_before, opening_of
from simpsh.course.showing import main_block, seen
from simpsh.course.steps import Try

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.course.screen.styled import Block
    from simpsh.course.teacher import Teacher

HELP = (
    ("Enter", "go on"),
    (":back", "one screen back"),
    (":skip", "to the next question or text"),
    (":hint", "a hint"),
    (":facts", "what was checked about the last run, and how"),
    (":timeline", "the last picture again, nothing folded"),
    (":who", "the code again, with who ran which line"),
    (":page", "the last run as a page for a browser, written into a file"),
    (":free", "a shell; exit comes back here"),
    (":quit", "stop; you go on from here the next time"),
)
_SHORT = {":h": ":hint", ":?": ":help", ":f": ":facts"}
_NOTHING_YET = "Nothing has run yet."
_ALL_ROWS = EVERYTHING + 10


class Go(Exception):
    """Go on at another step of the lesson, from 0."""

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.step = step


class Commands:
    """The commands of one teacher."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher
        self._known: dict[str, Callable[[], None]] = {
            ":quit": self._quit,
            ":back": self._back,
            ":skip": self._skip,
            ":hint": self._hint,
            ":facts": self._facts,
            ":timeline": self._timeline,
            ":who": self._who,
            ":page": self._page,
            ":free": self._free,
            ":help": self._help,
        }

    def run(self, typed: str) -> None:
        """Carry out a command; a beginning that fits one command alone will do.

        Raises:
            Left: `:quit`.
            Go: `:back` and `:skip`.
        """
        word = typed.split()[0]
        fitting = [name for name in self._known if name.startswith(word)] if word != ":" else []
        fitting = [_SHORT[word]] if word in _SHORT else fitting
        if len(fitting) != 1:
            what = f"{word} could be {' or '.join(fitting)}" if fitting else f"there is no {word}"
            self._say(f"{what}; :help shows what you can type")
            return
        self._known[fitting[0]]()

    def _say(self, text: str, style: str = "dim") -> None:
        stage = self._teacher.stage
        stage.show(wrapped(styled(text, style), stage.screen.width))

    def _quit(self) -> None:
        raise Left

    def _back(self) -> None:
        teacher = self._teacher
        lesson, at = teacher.lesson, teacher.at
        # After an answer one goes back to its question; from a question, to the screen before.
        is_answered = at > opening_of(lesson, at) and not isinstance(lesson.steps[at], QUESTIONS)
        raise Go(opening_of(lesson, at) if is_answered else opening_before(lesson, at))

    def _skip(self) -> None:
        raise Go(opening_after(self._teacher.lesson, self._teacher.at))

    def _hint(self) -> None:
        step = self._teacher.lesson.steps[self._teacher.at]
        if isinstance(step, Try):
            stage = self._teacher.stage
            stage.show(labelled("hint:", marked(step.hint), 5, min(76, stage.screen.width)))
        elif isinstance(step, QUESTIONS):
            self._say("hint: guess; nothing depends on it, and the run will tell")
        else:
            self._say("hint: read the picture from top to bottom, and each lane for itself")

    def _facts(self) -> None:
        shown, stage = self._teacher.last, self._teacher.stage
        if shown is None or not shown.facts:
            self._say(_NOTHING_YET if shown is None else "Nothing was claimed about this run.")
            return
        stage.show(stage.form.facts(shown.facts, stage.screen.width), [()])

    def _timeline(self) -> None:
        shown = self._teacher.last
        if shown is None:
            self._say(_NOTHING_YET)
            return
        self._teacher.stage.show(main_block(self._teacher.stage, shown, _ALL_ROWS), [()])

    def _who(self) -> None:
        shown, stage = self._teacher.last, self._teacher.stage
        drawn = seen(shown) if shown is not None else None
        if drawn is None:
            self._say("This is about a single run; the last thing shown is none.")
            return
        stage.show(stage.form.who_ran(drawn, stage.screen.width), [()])

    def _page(self) -> None:
        shown = self._teacher.last
        run = shown.result if shown is not None else None
        if shown is None or not isinstance(run, Observation):
            self._say("This is about a single run; the last thing shown is none.")
            return
        from simpsh.view.page import page_of

        file = Path(f"{self._teacher.lesson.id}-{shown.step.id}.html")
        title = f"{self._teacher.lesson.title}: {shown.step.id}"
        try:
            file.write_text(page_of(run.chronicle, title), encoding="utf-8")
        except OSError as problem:
            self._say(f"{file} cannot be written: {problem.strerror}")
            return
        self._say(f"Written: {file} in this directory; open it in a browser.")

    def _free(self) -> None:
        prompt = self._teacher.stage.prompt
        if prompt is None:
            self._say("There is no terminal for a shell here.")
            return
        self._say("The shell is yours; exit brings you back here.")
        prompt.free()

    def _help(self) -> None:
        stage = self._teacher.stage
        stage.show(help_block(stage.screen.width))


def help_block(width: int) -> Block:
    """Return what can be typed, in two columns where they fit."""
    del width
    longest = max(len(name) for name, _ in HELP)
    return [line(Piece(f"  {name.ljust(longest)}", "bold"), "  ", words) for name, words in HELP]
