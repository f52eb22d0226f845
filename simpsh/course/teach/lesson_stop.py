"""A stop: the lesson waits until the student continues, and obeys `:commands` meanwhile.

Each command comes back to the same stop, but for those that leave it: `:back`, `:skip`, `:quit`.
A beginning of a command that fits one command alone will do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simpsh.base.errors import SimpshError
from simpsh.course.lesson.lesson_outline import (
    QUESTIONS,
    filled,
    opening_after,
    opening_before,
    opening_of,
)
from simpsh.course.lesson.lesson_steps import Lesson, Try
from simpsh.course.lesson.lesson_texts import terms_until
from simpsh.course.lesson.observation import Observation
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.screen.picture_folding import EVERYTHING
from simpsh.course.teach.code_presenter import show_in_c
from simpsh.course.teach.run_display import ShownRun, main_block, seen
from simpsh.course.teach.teaching_stage import GoToStep, LessonLeft, TeachingStage
from simpsh.view.styled_text import Block, Piece, labelled, line, marked, styled, wrapped

CONTINUE = "Enter: go on "
_HELP = (
    ("Enter", "go on"),
    (":back", "one screen back"),
    (":skip", "to the next question or text"),
    (":hint", "a hint for the question or the task"),
    (":why off", "do not ask why after a guess; :why on asks again"),
    (":what TERM", "what a term means; :what lists the terms so far"),
    (":facts", "what was checked about the last run, and how"),
    (":timeline", "the last picture again, nothing folded"),
    (":who", "the code again, with who ran which line"),
    (":c", "the code in C"),
    (":page", "the last run as a page for a browser, written into a file"),
    (":free", "a shell; exit comes back here"),
    (":quit", "stop; you go on from here the next time"),
)
COMMANDS = (*(name.split()[0] for name, _ in _HELP[1:]), ":help")
_SHORT = {":h": ":hint", ":?": ":help", ":f": ":facts", ":w": ":who"}
_NOTHING_YET = "Nothing has run yet."
_NO_SINGLE_RUN = "This command needs a single run; the last thing shown was none."
_MARGIN = "Letters left of the code: which process ran the line, as p parent, c child"
_NO_HINT = "This question has no hint. Guess: the run tells what is so."
_READ_ON = "Read the picture from top to bottom: each process has its own column."
_WHY = "why do you think so? (Enter: skip): "
_WHY_FIRST = "why do you think so? (Enter: skip, :why off: never): "
_WHY_ON = "You are asked why after each guess. :why off ends that."
_WHY_OFF = "You are not asked why after a guess. :why on asks again."


class LessonStop:
    """The stops of one lesson; `step`, from 0, is where it is.

    Args:
        lesson: which one.
        stage: where.
        step: where it is.
        label: stands before each prompt in the place of the step's number; for a question of
            another lesson, whose steps are not counted here.
    """

    def __init__(
        self, lesson: Lesson, stage: TeachingStage, step: int = 0, label: str = ""
    ) -> None:
        self._lesson = lesson
        self._stage = stage
        self.step = step
        self._label = label
        self.last: ShownRun | None = None
        """The run that `:timeline`, `:facts`, `:who` and `:page` are about."""
        self._has_asked_why = False

    def note_run(self, shown: ShownRun) -> None:
        """Let `:timeline`, `:facts`, `:who` and `:page` be about this run from now on."""
        self.last = shown

    def wait(self, words: str) -> str:
        """Return what the student typed to continue; with no student, return at once.

        Raises:
            LessonLeft: the student has left.
            GoToStep: a command goes elsewhere.
        """
        if self._stage.mode == "auto":
            return ""
        typed = self.read(words)
        self._stage.show([()])
        return typed

    def read(self, words: str, is_wanted: Callable[[], bool] = lambda: True) -> str:
        """Return what the student typed, with no blank line after it.

        Args:
            words: the prompt, which follows the number of the step.
            is_wanted: asked after each command; where it says no, nothing is returned.

        Raises:
            LessonLeft, GoToStep: as wait() does.
        """
        place = self._label or f"{self.step + 1}/{len(self._lesson.steps)}"
        while is_wanted():
            typed = self._stage.answer(f"[{place}] {words}")
            if not typed.startswith(":"):
                return typed
            self.obey(typed)
        return ""

    def read_why(self) -> str:
        """Ask why the student thinks so; return nothing if that is skipped, or switched off.

        Raises:
            LessonLeft, GoToStep: as wait() does.
        """
        words, self._has_asked_why = _WHY if self._has_asked_why else _WHY_FIRST, True
        return self.read(words, lambda: self._asks_why)

    @property
    def _asks_why(self) -> bool:
        records = self._stage.records
        return records is not None and records.record.asks_why

    def obey(self, typed: str) -> None:
        """Carry out a `:command`.

        Raises:
            LessonLeft: `:quit`.
            GoToStep: `:back` and `:skip`.
        """
        word, *others = typed.split()
        name = self._meant(word)
        match name:
            case "":
                return
            case ":back" | ":skip" | ":quit":
                self._go_away(name)
            case ":free":
                self._free()
            case ":help" | ":what":
                self._explain(name, " ".join(others))
            case ":hint" | ":c":
                self._help_with_step(name)
            case ":why":
                self._switch_why(others)
            case about_last_run:
                self._look_again(about_last_run)

    def _meant(self, word: str) -> str:
        """Return the command that a word means; say so and return nothing if it means none."""
        fitting = [name for name in COMMANDS if name.startswith(word)] if word != ":" else []
        fitting = [_SHORT.get(word, word)] if word in (*_SHORT, *COMMANDS) else fitting
        if len(fitting) == 1:
            return fitting[0]
        what = f"{word} could be {' or '.join(fitting)}" if fitting else f"there is no {word}"
        self._say(f"{what}; :help shows what you can type")
        return ""

    def _go_away(self, name: str) -> None:
        """Leave the stop; raises LessonLeft or GoToStep."""
        if name == ":quit":
            raise LessonLeft
        if name == ":back":
            raise GoToStep(self._step_back())
        raise GoToStep(opening_after(self._lesson, self.step))

    def _step_back(self) -> int:
        """Return where `:back` leads: from an answer to its question, else to the screen before."""
        opening = opening_of(self._lesson, self.step)
        is_question = isinstance(self._lesson.steps[self.step], QUESTIONS)
        is_answered = self.step > opening and not is_question
        return opening if is_answered else opening_before(self._lesson, self.step)

    def _free(self) -> None:
        if self._stage.prompt is None:
            self._say("There is no terminal for a shell here.")
            return
        self._say("The shell is yours; exit brings you back here.")
        self._stage.prompt.free()

    def _help_with_step(self, command: str) -> None:
        step = self._lesson.steps[self.step]
        if command == ":c":
            show_in_c(self._stage, self._lesson, step)
            return
        words = _READ_ON
        if isinstance(step, (Try, *QUESTIONS)):
            words = filled(self._lesson, step, step.hint) or _NO_HINT
        width = min(76, self._stage.screen.width)
        self._stage.show(labelled("hint:", marked(words), 5, width))

    def _switch_why(self, words: list[str]) -> None:
        """Ask for reasons from now on, or no more; say what is so."""
        records = self._stage.records
        if self._stage.mode != "study" or records is None:
            self._say("A class says why aloud: :why is for a student alone.")
            return
        if words in (["on"], ["off"]):
            records.ask_why(is_on=words == ["on"])
        elif words:
            self._say(":why is followed by on or off")
            return
        self._say(_WHY_ON if self._asks_why else _WHY_OFF)

    def _explain(self, wanted: str, term: str) -> None:
        """Say what can be typed, or what a term means; without one, the lesson's terms so far."""
        library = self._stage.library
        width = min(76, self._stage.screen.width)
        if wanted == ":help":
            self._stage.show(_help_block())
            return
        if not term:
            terms = terms_until(self._lesson, self.step)
            self._say(f"Terms so far: {' · '.join(terms)}" if terms else "No terms so far.")
            return
        try:
            entry = (library.glossary() if library is not None else Glossary({})).find(term)
        except SimpshError as problem:
            self._say(f"{problem}")
            return
        self._stage.show(wrapped(line(Piece(entry.term, "bold"), ": ", marked(entry.text)), width))

    def _look_again(self, command: str) -> None:
        """Show the last run once more, as one of four commands wants it."""
        shown, stage = self.last, self._stage
        drawn = seen(shown) if shown is not None else None
        if command == ":who" and drawn is not None:
            stage.show(stage.form.who_ran(drawn, stage.screen.width), [()])
        elif command == ":page" and shown is not None and isinstance(shown.result, Observation):
            self._write_page(shown, shown.result)
        elif command in (":who", ":page"):
            self._say(_NO_SINGLE_RUN)
        elif shown is None:
            self._say(_NOTHING_YET)
        elif command == ":timeline":
            stage.show(main_block(stage, shown, EVERYTHING + 10), [()])
        elif shown.facts:
            stage.show(stage.form.facts(shown.facts, stage.screen.width), [()])
        else:
            self._say("Nothing was claimed about this run.")

    def _write_page(self, shown: ShownRun, run: Observation) -> None:
        from simpsh.view.page.html_page import page_of

        file = Path(f"{self._lesson.id}-{shown.step.id}.html")
        title = f"{self._lesson.title}: {shown.step.id}"
        try:
            file.write_text(page_of(run.chronicle, title), encoding="utf-8")
        except OSError as problem:
            self._say(f"{file} cannot be written: {problem.strerror}")
            return
        self._say(f"Written: {file} in this directory; open it in a browser.")

    def _say(self, text: str) -> None:
        self._stage.show(wrapped(styled(text, "dim"), self._stage.screen.width))


def _help_block() -> Block:
    """Return what can be typed, in two columns."""
    longest = max(len(name) for name, _ in _HELP)
    block = [line(Piece(f"  {name.ljust(longest)}", "bold"), "  ", words) for name, words in _HELP]
    return [*block, (), styled(f"  {_MARGIN}", "dim")]
