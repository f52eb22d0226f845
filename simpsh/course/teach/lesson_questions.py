"""The points where a lesson waits for input: stops, which accept `:commands`, and questions.

After a command the lesson returns to the same stop, except for `:back`, `:skip` and `:quit`. A
unique prefix of a command suffices.

A student answers with a letter or a free text; a class answers on its phones, once or twice.
Guessing is optional. The guess is stored until the run has ended; then the lesson replies with the
right answer and the reason.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Literal

from simpsh.base.errors import SimpshError
from simpsh.base.record import Mutable
from simpsh.course.claims.claim import NotThere, Result, Unknown
from simpsh.course.claims.demonstration import listing
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import (
    Lesson,
    Question,
    filled,
    opening_after,
    opening_of,
    plain_text,
    questions_before,
    target_of,
    terms_until,
)
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.recalled_question import recall_question
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.screen.answer_lines import LETTERS, Answer
from simpsh.course.screen.picture_rows import EVERYTHING
from simpsh.course.screen.screen_forms import SeenRun
from simpsh.course.teach.lesson_display import (
    CodePresenter,
    ShownRun,
    parts_block,
    referenced_code,
    show_in_c,
)
from simpsh.course.teach.open_parts import open_parts
from simpsh.course.teach.student_progress import GuessRecord, StudentProgress, Surprise
from simpsh.course.teach.teaching_stage import GoToStep, LessonLeft, TeachingStage
from simpsh.view.document import Table
from simpsh.view.styled_text import (
    Block,
    Piece,
    add_label,
    code_marked,
    line,
    marked,
    styled,
    wrapped,
)

CONTINUE = "Enter: go on "
_HELP = (
    ("Enter", "go on"),
    (":back", "one screen back"),
    (":skip", "to the next question or text"),
    (":hint", "a hint for the question or the task"),
    (":what TERM", "what a term means; :what lists the terms so far"),
    (":facts", "what was checked about the last run, and how"),
    (":timeline", "the last picture again, nothing folded"),
    (":c", "the code in C"),
    (":free", "a shell; exit comes back here"),
    (":quit", "stop; you continue from here the next time"),
)
COMMANDS = (*(name.split()[0] for name, _ in _HELP[1:]), ":help")
_SHORT = {":h": ":hint", ":?": ":help", ":f": ":facts"}
_NO_HINT = "This question has no hint. Guess: the run shows the answer."
_READ_ON = "Read the picture from top to bottom: each process has its own column."
_WHY = "why did you think so? (Enter: skip): "


class LessonStop:
    """The stops of one lesson; `step` is the index of the current step.

    A label replaces the step's number in each prompt: it is used for questions of another lesson.
    """

    def __init__(
        self, lesson: Lesson, stage: TeachingStage, step: int = 0, label: str = ""
    ) -> None:
        self._lesson = lesson
        self._stage = stage
        self.step = step
        self._label = label
        self.last: ShownRun | None = None
        """The run to which `:timeline` and `:facts` refer."""

    def wait(self, words: str) -> str:
        """Wait until the student continues, and return the input; return at once without a student.

        Raises LessonLeft if the student leaves, GoToStep if a command goes elsewhere.
        """
        if self._stage.mode == "auto":
            return ""
        typed = self.read(words)
        self._stage.show([()])
        return typed

    def read(self, words: str) -> str:
        """Return the student's input, with no blank line after it; raises like wait()."""
        label = self._label or f"{self.step + 1}/{len(self._lesson.steps)}"
        while (typed := self._stage.ask(f"[{label}] {words}")).startswith(":"):
            self.obey(typed)
        return typed

    def note_try(
        self, kind: Literal["task", "repair"], tried: str, *, is_right: bool | None
    ) -> None:
        """Store an attempt at the current task or repair."""
        step, records = self._lesson.steps[self.step], self._stage.records
        if records is not None:
            where = self._lesson.id, self.step + 1, plain_text(step.title)
            records.note_guess(GuessRecord(*where, tried, is_right, kind=kind))

    def obey(self, typed: str) -> None:
        """Execute a `:command`; `:quit` raises LessonLeft, `:back` and `:skip` GoToStep."""
        word, *others = typed.split()
        stage, lesson = self._stage, self._lesson
        step = lesson.steps[self.step]
        fitting = [name for name in COMMANDS if name.startswith(word)] if word != ":" else []
        fitting = [_SHORT.get(word, word)] if word in (*_SHORT, *COMMANDS) else fitting
        if len(fitting) != 1:
            problem = (
                f"{word} could be {' or '.join(fitting)}" if fitting else f"there is no {word}"
            )
            stage.say(f"{problem}; :help shows what you can type")
            return
        match fitting[0]:
            case ":quit":
                raise LessonLeft
            case ":back":
                # From a reply go to its question, otherwise to the previous screen.
                opening = opening_of(lesson, self.step)
                before = lesson.steps[opening : self.step]
                is_answered = any(isinstance(each, Question) for each in before)
                is_answered = is_answered and not isinstance(step, Question)
                raise GoToStep(opening if is_answered else opening_of(lesson, max(0, opening - 1)))
            case ":skip":
                raise GoToStep(opening_after(lesson, self.step))
            case ":free":
                if stage.prompt is None:
                    stage.say("There is no terminal for a shell here.")
                else:
                    stage.say("The shell is yours; exit brings you back here.")
                    stage.prompt.free()
            case ":help":
                rows = [(styled(name, "bold"), words) for name, words in _HELP]
                table = Table(("what you type", "what you get"), rows)
                stage.show(stage.form.table(table, stage.width))
            case ":what":
                self._say_meaning(" ".join(others))
            case ":c":
                show_in_c(stage, lesson, step)
            case ":hint":
                asks = isinstance(step, Question) or bool(step.task)
                words = (filled(lesson, step, step.hint) or _NO_HINT) if asks else _READ_ON
                stage.show(add_label("hint:", marked(words), 5, stage.text_width))
            case about_last_run:
                self._look_again(about_last_run)

    def _say_meaning(self, term: str) -> None:
        """Explain a term; without one, list the terms so far."""
        stage = self._stage
        if not term:
            terms = terms_until(self._lesson, self.step)
            stage.say(f"Terms so far: {' · '.join(terms)}" if terms else "No terms so far.")
            return
        try:
            glossary = stage.library.glossary() if stage.library is not None else Glossary({})
            entry = glossary.find(term)
        except SimpshError as problem:
            stage.say(f"{problem}")
            return
        text = line(Piece(entry.term, "bold"), ": ", marked(entry.text))
        stage.show(wrapped(text, stage.text_width))

    def _look_again(self, command: str) -> None:
        """Show the last run again: its picture, or its facts."""
        shown, stage = self.last, self._stage
        if shown is None:
            stage.say("Nothing has run yet.")
        elif command == ":timeline":
            stage.show(parts_block(stage, shown, shown.parts, EVERYTHING + 10), [()])
        elif shown.facts:
            stage.show(stage.form.facts(shown.facts, stage.width), [()])
        else:
            stage.say("Nothing was claimed about this run.")


UNANSWERED = (SimpshError, Unknown, NotThere)
"""Exceptions of runs that do not answer the question."""
_ROWS_OF_REFUSAL = 3
_BLANKS = 3
_SO_IT_WAS = "so it was"


class Guess(Mutable):
    """The answer before the run."""

    answer: str = ""
    """The letter of a choice, or the typed text; empty for no guess."""
    votes: Sequence[Sequence[int]] = ()
    """How many phones took each choice: before the discussion, and after it."""
    why: str = ""
    """The student's reason; empty if skipped."""


class LessonQuestions:
    """Asks the questions of one lesson, stores the guesses, and replies after the run."""

    def __init__(
        self,
        lesson: Lesson,
        stage: TeachingStage,
        stop: LessonStop,
        code: CodePresenter,
        *,
        is_varied: bool = False,
    ) -> None:
        self._lesson = lesson
        self._stage = stage
        self._stop = stop
        self._code = code
        self._is_varied = is_varied
        """Whether the program is another one than the reasons of the choices are about."""
        self._guesses: dict[int, Guess] = {}

    def ask(self, number: int) -> None:
        """Show the code and question of a step, and store the answer."""
        question = self._question(number)
        demonstration = target_of(self._lesson, question).demonstration
        self._code.show(demonstration, question.part)
        stage, stop = self._stage, self._stop
        letters = LETTERS[: len(question.choices)]
        asked = filled(self._lesson, question, question.question)
        stage.show(stage.form.text(asked, stage.width))
        if letters:
            texts = [choice.text for choice in question.choices]
            stage.show(stage.form.choices(texts, stage.width))
        guess = Guess()
        if stage.mode == "auto":
            stage.show([()])
        elif stage.mode == "class":
            guess = self._guess_of_class(number)
        else:
            prompt = "your answer (Enter if you have none): "
            if letters:
                prompt = f"your guess ({letters[0]}–{letters[-1]}, Enter if you have none): "
            wanted, please = f"[{letters}][.)]*", "one of the letters"
            if not letters:
                wanted, please = ("-?[0-9]+", "a number") if question.takes_number else (".*", "")
            while (typed := stop.read(prompt).strip()) and not re.fullmatch(wanted, typed, re.I):
                stage.say(f"{please}, please; or Enter if you have no guess")
            guess = Guess(typed.lower().rstrip(".)") if letters else typed)
            stage.show([()])
        self._guesses[number] = guess

    def _guess_of_class(self, number: int) -> Guess:
        """Ask a class on its phones; see LedClass."""
        raise NotImplementedError

    def answer_before(self, number: int, result: Result) -> None:
        """Reply to the questions that the step at `number` answers; ask a class for the reason.

        All questions are repeated later.
        """
        stage = self._stage
        for index in questions_before(self._lesson, number):
            question, votes = self._question(index), self._guess(index).votes
            if stage.mode == "class":
                if votes and question.choices:
                    rows = bar_rows(votes, _right_index(question, result))
                    stage.show(stage.form.bars(rows, stage.width), [()])
                self._stop.wait("who can say why?  Enter: one answer ")
            self.answer(index, result)
            if stage.progress is not None:
                # A right answer comes back later than a wrong one, or none.
                asked = Surprise(self._lesson.id, question.question)
                stage.progress.postpone(asked, int(bool(self.is_right(index, result))), today())

    def answer(self, number: int, result: Result) -> None:
        """Show the guess at a step, the right answer and the reason; ask why if it was wrong."""
        stage, guess = self._stage, self._guess(number)
        try:
            try:
                answers, code_lines = self._answers(number, result, guess.answer)
            except UNANSWERED as problem:
                words = f"This run does not show the answer: {problem}."
                stage.show(wrapped(code_marked(words), stage.width), [()])
                return
            stage.show(stage.form.answer(answers, stage.width), code_lines, [()])
            if self.is_right(number, result) is False and stage.progress is not None:
                guess.why = self._stop.read(_WHY)
        finally:
            self._note(number, result)

    def is_right(self, number: int, result: Result) -> bool | None:
        """Return whether the guess at a step was right; None without a guess or if unknown."""
        guess = self._guess(number).answer
        if not guess:
            return None
        try:
            return self._question(number).is_right(guess, result)
        except UNANSWERED:
            return None

    def _note(self, number: int, result: Result) -> None:
        """Store the guess at a step, and whether it was right."""
        records, question, guess = self._stage.records, self._question(number), self._guess(number)
        if records is None:
            return
        where = self._lesson.id, number + 1, plain_text(question.question)
        if guess.answer:
            words = question.words_of(guess.answer)
            # A choice has markup; typed text does not.
            words = plain_text(words) if question.choices else words
            is_right = self.is_right(number, result)
            records.note_guess(GuessRecord(*where, words, is_right, guess.why))

    def rows_before(self, number: int, result: Result) -> int:
        """Return how many rows the replies may need on the screen of a step's run."""
        rows = 0
        for index in questions_before(self._lesson, number):
            if self._stage.mode == "class":
                votes = self._guess(index).votes
                rows += len(self._question(index).choices) * len(votes) + 1 if votes else 0
                continue
            try:
                guesses = self._question(index).guesses()
                rows += max(self._height(index, result, guess) for guess in guesses) + 1
            except UNANSWERED:
                rows += _ROWS_OF_REFUSAL
        return rows

    def rows_of(self, number: int, result: Result) -> int:
        """Return how many rows the reply to the guess at a step needs."""
        return self._height(number, result, self._guess(number).answer)

    def _height(self, number: int, result: Result, guess: str) -> int:
        answers, code_lines = self._answers(number, result, guess)
        return len(self._stage.form.answer(answers, self._stage.width)) + len(code_lines)

    def _answers(self, number: int, result: Result, guess: str) -> tuple[list[Answer], Block]:
        """Return the reply to a guess, and the lines of code to which it refers.

        There are no lines if the listing is visible next to the picture. Raises UNANSWERED.
        """
        question, texts = self._question(number), list[str]()
        if self._is_varied:
            said = question.answers(guess, result, lambda text: text)
            return [answer for answer in said if answer.label not in ("because", "but")], []

        def fill(text: str) -> str:
            texts.append(text)
            return filled(self._lesson, question, text)

        answers = question.answers(guess, result, fill)
        stage, code = self._stage, listing(target_of(self._lesson, question).demonstration)
        if isinstance(result, Observation) and stage.form.is_beside(
            SeenRun(result, code), stage.width
        ):
            return answers, []
        return answers, referenced_code(stage, self._lesson, question, " ".join(texts))

    def _guess(self, number: int) -> Guess:
        """Return the answer to the question at a step; may be an empty guess."""
        return self._guesses.get(number, Guess())

    def _question(self, number: int) -> Question:
        return question_at(self._lesson, number)


def question_at(lesson: Lesson, number: int) -> Question:
    """Return the question at the index of a step."""
    step = lesson.steps[number]
    assert isinstance(step, Question)
    return step


def bar_rows(
    votes: Sequence[Sequence[int]], right: int | None = None
) -> list[tuple[str, Sequence[int], str]]:
    """Return a row for each choice: its letter, its number in each vote, a note if it is right."""
    return [
        (LETTERS[index], counts, _SO_IT_WAS if index == right else "")
        for index, counts in enumerate(zip(*votes, strict=True))
    ]


def _right_index(question: Question, result: Result) -> int | None:
    """Return the index of the right choice; None if the run cannot decide."""
    try:
        return question.right_index(result)
    except UNANSWERED:
        return None


# Each question is repeated before other lessons: with another program if the lesson has one.


def today() -> int:
    """Return the day, counted from 1970."""
    return int(time.time() // 86400)


AT_ONCE = 2
"""The maximum number of repeated questions before a lesson."""
_ONE = "1 question from an earlier lesson comes"


def ask_surprises(stage: TeachingStage, before: Lesson) -> None:
    """Ask the oldest waiting questions with their code; reply without a picture.

    They are announced and counted separately from the steps of the lesson that follows. Questions
    of that lesson keep waiting.
    """
    progress, library = stage.progress, stage.library
    if progress is None or library is None:
        return
    waiting = list(islice(_waiting(stage, progress, library, before), AT_ONCE))
    progress.release_surprises(before.id)
    if not waiting:
        return
    count = len(waiting)
    which = f"{count} questions from earlier lessons come" if count > 1 else _ONE
    stage.show([styled(f"{which} back first.", "bold"), ()])
    for number, (surprise, lesson, index) in enumerate(waiting, 1):
        stop = LessonStop(lesson, stage, index, f"again {number}/{count}")
        asked, is_varied = recall_question(lesson, index, surprise.round + 1)
        program = ", with another program" if is_varied else ""
        stage.show([styled(f"From “{lesson.title}”{program}:", "italic"), ()])
        try:
            questions = LessonQuestions(
                asked, stage, stop, CodePresenter(stage), is_varied=is_varied
            )
            questions.ask(index)
            run = target_of(asked, question_at(asked, index))
            result = stage.await_result(run)
            if is_varied:
                seen = ShownRun(run, result, [])
                rows = stage.rows - questions.rows_of(index, result) - _BLANKS
                stage.show(parts_block(stage, seen, seen.parts, rows), [()])
            questions.answer(index, result)
        except (GoToStep, *UNANSWERED) as passed_over:
            if isinstance(passed_over, GoToStep):
                stage.show([()])
            progress.postpone(surprise, surprise.round, today())
            continue
        is_right = questions.is_right(index, result)
        progress.postpone(surprise, surprise.round + 1 if is_right else 0, today())
        if progress.position(lesson.id).open:
            progress.note_open(lesson.id, [kind for _, kind in open_parts(lesson, stage)])
        with suppress(GoToStep):
            stop.wait(CONTINUE)
    stage.show([styled("Now the lesson.", "bold"), ()])


def _waiting(
    stage: TeachingStage, progress: StudentProgress, library: Library, before: Lesson
) -> Iterator[tuple[Surprise, Lesson, int]]:
    """Yield the questions that can be asked here: the lesson, and the index of the step."""
    # Those that were answered wrong, or not at all, come first.
    for surprise in sorted(progress.record.surprises, key=lambda one: one.round):
        if surprise.lesson == before.id or not surprise.is_due(today()):
            continue
        indices = []
        with suppress(SimpshError):
            lesson = library.find(surprise.lesson)
            indices = [
                index
                for index, step in enumerate(lesson.steps)
                if isinstance(step, Question) and step.question == surprise.question
            ]
        if not indices:
            # The lesson no longer exists or asks something else.
            progress.settle(surprise)
            continue
        with suppress(SimpshError):
            if not stage.lacking(target_of(lesson, question_at(lesson, indices[0])).all_needs):
                yield surprise, lesson, indices[0]
