"""The points where a lesson waits for input: stops, which accept `:commands`, and questions.

After a command the lesson returns to the same stop, except for `:back`, `:skip` and `:quit`. The
beginning of a command suffices.

A student answers with a letter. Guessing is optional. The guess is stored until the run has ended;
then the lesson replies with the right answer and the reason.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Literal

from simpsh.base.errors import SimpshError
from simpsh.course.claims.claim import NotThere, Result, Unknown
from simpsh.course.lesson.lesson import (
    Lesson,
    Question,
    Running,
    opening_after,
    opening_of,
    plain_text,
    questions_before,
    target_of,
    terms_until,
)
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.run_steps import recall_question
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.screen.answer_lines import LETTERS
from simpsh.course.screen.picture_rows import EVERYTHING
from simpsh.course.teach.lesson_display import (
    CodePresenter,
    ShownRun,
    parts_block,
    show_in_c,
    shown_run,
)
from simpsh.course.teach.open_parts import open_parts
from simpsh.course.teach.student_progress import GuessRecord, Surprise
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
    (":quit", "stop; you continue from here the next time"),
    ("^Z", "back to your shell for a while; fg continues"),
)
COMMANDS = (*(name.split()[0] for name, _ in _HELP if name[0] == ":"), ":help")
_NO_HINT = "This question has no hint. Guess: the run shows the answer."
_READ_ON = "Read the picture from top to bottom: each process has its own column."


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
        match next(iter(fitting), ""):
            case "":
                stage.say(f"there is no {word}; :help shows what you can type")
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
                words = (step.hint or _NO_HINT) if asks else _READ_ON
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
_BLANKS = 3


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
        self._guesses: dict[int, int | None] = {}
        """The chosen choices before the run by the index of the question; None without a guess."""

    def ask(self, number: int) -> None:
        """Show the code and question of a step, and store the answer."""
        question = self._question(number)
        demonstration = target_of(self._lesson, question).demonstration
        self._code.show(demonstration, question.part)
        stage = self._stage
        stage.show(stage.form.text(question.question, stage.width))
        texts = [choice.text for choice in question.choices]
        stage.show(stage.form.choices(texts, stage.width))
        self._guesses[number] = None if stage.mode == "auto" else self._read_guess(number)
        stage.show([()])

    def _read_guess(self, number: int) -> int | None:
        """Return the index of a choice; None for no guess."""
        letters = LETTERS[: len(self._question(number).choices)]
        prompt = f"your guess ({letters[0]}–{letters[-1]}, Enter if you have none): "
        while typed := self._stop.read(prompt).strip():
            if re.fullmatch(f"[{letters}][.)]*", typed, re.I):
                return letters.index(typed[0].lower())
            self._stage.say("one of the letters, please; or Enter if you have no guess")
        return None

    def with_run(self, number: int, result: Result) -> Block:
        """Return what is shown below the run of a step: the replies to the questions before it."""
        indices = questions_before(self._lesson, number)
        return [row for index in indices for row in self._reply(index, result)]

    def after_run(self, number: int, result: Result) -> None:
        """Store the guesses that the step at `number` answers; all questions are asked again."""
        progress = self._stage.progress
        for index in questions_before(self._lesson, number):
            self._note(index, result)
            if progress is not None:
                # A right answer comes back later than a wrong one, or none.
                asked = Surprise(self._lesson.id, self._question(index).question)
                progress.postpone(asked, int(bool(self.is_right(index, result))))

    def answer(self, number: int, result: Result, picture_of: Running | None = None) -> None:
        """Show the guess at a step, the right answer and the reason, and store the guess."""
        stage, reply = self._stage, self._reply(number, result)
        if picture_of is not None:
            seen = shown_run(picture_of, result)
            stage.show(
                parts_block(stage, seen, seen.parts, stage.rows - len(reply) - _BLANKS), [()]
            )
        stage.show(reply)
        self._note(number, result)

    def is_right(self, number: int, result: Result) -> bool | None:
        """Return whether the guess at a step was right; None without a guess or if unknown."""
        guess = self._guesses.get(number)
        if guess is None:
            return None
        try:
            return guess == self._question(number).right(result)
        except UNANSWERED:
            return None

    def _note(self, number: int, result: Result) -> None:
        """Store the guess at a step, and whether it was right."""
        records, question = self._stage.records, self._question(number)
        guess = self._guesses.get(number)
        if records is not None and guess is not None:
            where = self._lesson.id, number + 1, plain_text(question.question)
            words = plain_text(question.choices[guess].text)
            records.note_guess(GuessRecord(*where, words, self.is_right(number, result)))

    def _reply(self, number: int, result: Result) -> Block:
        """Return the reply to the guess at a step."""
        stage, question = self._stage, self._question(number)
        try:
            answers = question.answers(self._guesses.get(number), result)
        except UNANSWERED as problem:
            words = f"This run does not show the answer: {problem}."
            return [*wrapped(code_marked(words), stage.width), ()]
        if self._is_varied:
            answers = [answer for answer in answers if answer.label not in ("because", "but")]
        return [*stage.form.answer(answers, stage.width), ()]

    def _question(self, number: int) -> Question:
        return question_at(self._lesson, number)


def question_at(lesson: Lesson, number: int) -> Question:
    """Return the question at the index of a step."""
    step = lesson.steps[number]
    assert isinstance(step, Question)
    return step


# Each question is repeated before other lessons: with another program if the lesson has one.


AT_ONCE = 2
"""The maximum number of repeated questions before a lesson."""


def ask_again(
    stage: TeachingStage, stop: LessonStop, lesson: Lesson, index: int, turn: int
) -> bool | None:
    """Ask a question once more; return whether the guess was right, None without a guess.

    Raises one of UNANSWERED if the run does not answer it, and like LessonStop.wait().
    """
    asked, is_varied = recall_question(lesson, index, turn)
    stage.show([styled(f"From “{lesson.title}”:", "italic"), ()])
    questions = LessonQuestions(asked, stage, stop, CodePresenter(stage), is_varied=is_varied)
    questions.ask(index)
    question = question_at(asked, index)
    run = target_of(asked, question)
    result = stage.await_result(run)
    question.answers(None, result)  # a run that does not answer is no wrong guess
    questions.answer(index, result, run if is_varied else None)
    return questions.is_right(index, result)


def ask_surprises(stage: TeachingStage, before: Lesson) -> None:
    """Ask the questions that are due, those that were answered wrong first.

    Questions of the lesson that follows keep waiting.
    """
    progress, library = stage.progress, stage.library
    if progress is None or library is None:
        return
    waiting = [one for one in progress.record.surprises if one.lesson != before.id]
    due = sorted((one for one in waiting if one.after <= 0), key=lambda one: one.round)
    progress.release_surprises(before.id)
    count = 0
    for surprise in due:
        lesson, index = _found(surprise, library)
        if lesson is None:
            # The lesson no longer exists or asks something else.
            progress.settle(surprise)
            continue
        if count == AT_ONCE or stage.lacking(
            target_of(lesson, question_at(lesson, index)).all_needs
        ):
            continue
        if not count:
            stage.show([styled("Questions from earlier lessons come back first.", "bold"), ()])
        count += 1
        stop = LessonStop(lesson, stage, index, f"again {count}")
        try:
            is_right = ask_again(stage, stop, lesson, index, surprise.round + 1)
        except (GoToStep, *UNANSWERED):
            stage.show([()])
            progress.postpone(surprise, surprise.round)
            continue
        progress.postpone(surprise, surprise.round + 1 if is_right else 0)
        if progress.position(lesson.id).open:
            progress.note_open(lesson.id, [kind for _, kind in open_parts(lesson, stage)])
        with suppress(GoToStep):
            stop.wait(CONTINUE)
    if count:
        stage.show([styled("Now the lesson.", "bold"), ()])


def _found(surprise: Surprise, library: Library) -> tuple[Lesson | None, int]:
    """Return the lesson and the index of a question; no lesson if it is not asked any more."""
    with suppress(SimpshError):
        lesson = library.find(surprise.lesson)
        for index, step in enumerate(lesson.steps):
            if isinstance(step, Question) and step.question == surprise.question:
                return lesson, index
    return None, 0
