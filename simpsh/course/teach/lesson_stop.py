"""A stop: the lesson waits until the student continues, and obeys `:commands` meanwhile.

Each command comes back to the same stop, but for those that leave it: `:back`, `:skip`, `:quit`.
A beginning of a command that fits one command alone will do.
"""

from __future__ import annotations

from pathlib import Path

from simpsh.base.errors import SimpshError
from simpsh.course.lesson.lesson_outline import QUESTIONS, opening_after, opening_before, opening_of
from simpsh.course.lesson.lesson_steps import Lesson, Try
from simpsh.course.lesson.lesson_texts import terms_until
from simpsh.course.lesson.observation import Observation
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.screen.picture_folding import EVERYTHING
from simpsh.course.teach.run_display import ShownRun, main_block, seen
from simpsh.course.teach.teaching_stage import GoToStep, LessonLeft, TeachingStage
from simpsh.view.styled_text import Block, Piece, labelled, line, marked, styled, wrapped

CONTINUE = "Enter: go on "
_HELP = (
    ("Enter", "go on"),
    (":back", "one screen back"),
    (":skip", "to the next question or text"),
    (":hint", "a hint"),
    (":what TERM", "what a term means; :what lists the terms so far"),
    (":facts", "what was checked about the last run, and how"),
    (":timeline", "the last picture again, nothing folded"),
    (":who", "the code again, with who ran which line"),
    (":page", "the last run as a page for a browser, written into a file"),
    (":free", "a shell; exit comes back here"),
    (":quit", "stop; you go on from here the next time"),
)
_COMMANDS = (*(name.split()[0] for name, _ in _HELP[1:]), ":help")
_SHORT = {":h": ":hint", ":?": ":help", ":f": ":facts", ":w": ":who"}
_NOTHING_YET = "Nothing has run yet."
_NO_SINGLE_RUN = "This is about a single run; the last thing shown is none."


class LessonStop:
    """The stops of one lesson; `step`, from 0, is where it is."""

    def __init__(self, lesson: Lesson, stage: TeachingStage, step: int = 0) -> None:
        self._lesson = lesson
        self._stage = stage
        self.step = step
        self._last: ShownRun | None = None

    def note_run(self, shown: ShownRun) -> None:
        """Let `:timeline`, `:facts`, `:who` and `:page` be about this run from now on."""
        self._last = shown

    def wait(self, words: str) -> str:
        """Return what the student typed to continue; with no student, return at once.

        Raises:
            LessonLeft: the student has left.
            GoToStep: a command goes elsewhere.
        """
        if self._stage.mode == "auto":
            return ""
        prompt = f"[{self.step + 1}/{len(self._lesson.steps)}] {words}"
        while True:
            typed = self._stage.ask(prompt)
            if not typed.startswith(":"):
                self._stage.show([()])
                return typed
            self.obey(typed)

    def obey(self, typed: str) -> None:
        """Carry out a `:command`.

        Raises:
            LessonLeft: `:quit`.
            GoToStep: `:back` and `:skip`.
        """
        word, *others = typed.split()
        fitting = [name for name in _COMMANDS if name.startswith(word)] if word != ":" else []
        fitting = [_SHORT[word]] if word in _SHORT else fitting
        if len(fitting) != 1:
            what = f"{word} could be {' or '.join(fitting)}" if fitting else f"there is no {word}"
            self._say(f"{what}; :help shows what you can type")
            return
        match fitting[0]:
            case ":quit":
                raise LessonLeft
            case ":back":
                raise GoToStep(self._step_back())
            case ":skip":
                raise GoToStep(opening_after(self._lesson, self.step))
            case ":free":
                self._free()
            case ":help" | ":what" as wanted:
                self._explain(wanted, " ".join(others))
            case ":hint":
                self._hint()
            case about_last_run:
                self._look_again(about_last_run)

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

    def _hint(self) -> None:
        step = self._lesson.steps[self.step]
        if isinstance(step, Try):
            width = min(76, self._stage.screen.width)
            self._stage.show(labelled("hint:", marked(step.hint), 5, width))
        elif isinstance(step, QUESTIONS):
            self._say("hint: guess; nothing depends on it, and the run will tell")
        else:
            self._say("hint: read the picture from top to bottom, and each lane for itself")

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
        shown, stage = self._last, self._stage
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
    return [line(Piece(f"  {name.ljust(longest)}", "bold"), "  ", words) for name, words in _HELP]
