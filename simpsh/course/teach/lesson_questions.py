"""The questions of a lesson: a letter or a free answer from a student, hands from a class.

A guess may be left out, which costs nothing. What was answered is kept until the run has spoken;
then the answer is said, and why. In a class hands are counted, twice if they like, and shown as
bars.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simpsh.base.errors import SimpshError
from simpsh.course.lesson.answer_key import is_right, right_answer
from simpsh.course.lesson.code_listing import listing
from simpsh.course.lesson.expectation import NotThere, Result, Unknown
from simpsh.course.lesson.lesson_outline import (
    QUESTIONS,
    base_of,
    filled,
    questions_before,
    target_of,
)
from simpsh.course.lesson.lesson_steps import Ask, Choice, Lesson, Predict, Question
from simpsh.course.screen.answer_lines import LETTERS, Answer, choice_answers, free_answers
from simpsh.course.teach.answer_records import GuessRecord, VoteRecord
from simpsh.course.teach.code_presenter import CodePresenter, lines_spoken_of
from simpsh.course.teach.lesson_stop import LessonStop
from simpsh.course.teach.run_display import is_beside_code
from simpsh.course.teach.teaching_stage import TeachingStage
from simpsh.view.styled_text import Block, marked, plain, styled, wrapped

Stop = Callable[[str], str]
"""Shows a prompt with the step's number, carries out `:commands`, returns what was typed."""


_LONGEST_LISTING = 12
"""Lines that a listing may have beside a question."""
_HANDS = re.compile(r"[\d\s,]+")
_SO_IT_WAS = "so it was"
_LETTERS_PLEASE = "one of the letters, please; or Enter if you have no guess"
_HANDS_PLEASE = "as many numbers as there are choices, please: 9 14 5 1"


class LessonQuestions:
    """Asks the questions of one lesson, keeps the guesses, and answers them by what was run."""

    def __init__(
        self, lesson: Lesson, stage: TeachingStage, stop: LessonStop, code: CodePresenter
    ) -> None:
        self._lesson = lesson
        self._stage = stage
        self._stop = stop
        self._code = code
        self._guesses: dict[int, Guess] = {}

    def ask(self, number: int) -> None:
        """Show the code and the question at a step, and keep what is answered."""
        question = self._question(number)
        target = target_of(self._lesson, question)
        base = base_of(target)
        is_long = len(listing(base).lines) > _LONGEST_LISTING
        # Two functions and a question do not fit a screen: the one that is run is shown.
        self._code.show(target, question.code or (base.code if base.also and is_long else None))
        asked = filled(self._lesson, question, question.question)
        # A reason follows a guess at once, with no line between.
        is_study = self._stage.mode == "study"
        stop = self._stop.read if is_study else self._stop.wait
        guess = pose(self._stage, question, stop, asked)
        if is_study:
            guess.why = self._stop.read_why() if guess.said else ""
            self._stage.show([()])
        self._guesses[number] = guess

    def answer_before(self, number: int, result: Result) -> list[Question]:
        """Answer the questions that the step at `number` answers; in a class ask for the reason.

        Returns:
            Those that came out otherwise than guessed.
        """
        surprising = []
        for place in questions_before(self._lesson, number):
            question = self._question(place)
            if self._stage.mode == "live":
                self._stage.show(*self._bars(place, result))
                self._stop.wait("who can say why?  Enter: one answer ")
            self.answer(place, result)
            self.note(place, result)
            if self.is_right(place, result) is False:
                surprising.append(question)
        return surprising

    def answer(self, number: int, result: Result) -> None:
        """Say what was guessed at a step, what it was, and why."""
        stage = self._stage
        try:
            said = self._answers(number, result, self._guess(number))
        except (SimpshError, Unknown, NotThere) as problem:
            words = f"This run does not show the answer: {problem}."
            stage.show(wrapped(styled(words, ""), stage.screen.width), [()])
            return
        spoken_of = self._spoken_of(number, result, self._guess(number))
        stage.show(stage.form.answer(said, stage.screen.width), spoken_of, [()])

    def is_right(self, number: int, result: Result) -> bool | None:
        """Return whether the guess at a step was right; None without one, or if that is unknown."""
        question, guess = self._question(number), self._guess(number)
        if not guess.said:
            return None
        try:
            if isinstance(question, Ask):
                return is_right(guess.said, right_answer(question, result))
            return _chosen(question, guess) is question.right(result)
        except (SimpshError, Unknown, NotThere):
            return None

    def note(self, number: int, result: Result) -> None:
        """Keep the guess at a step, or the hands of the class, with what was right."""
        records, question, guess = self._stage.records, self._question(number), self._guess(number)
        if records is None:
            return
        where = self._lesson.id, number + 1, _plain(question.question)
        if guess.said:
            chosen = _chosen(question, guess) if isinstance(question, Predict) else None
            said = _plain(chosen.text) if chosen is not None else guess.said
            right = self.is_right(number, result)
            records.note_guess(GuessRecord(*where, said, right, guess.why))
        if guess.votes and isinstance(question, Predict):
            texts = tuple(_plain(choice.text) for choice in question.choices)
            votes = [tuple(hands) for hands in guess.votes]
            records.note_vote(VoteRecord(*where, texts, _right_place(question, result), *votes))

    def rows_before(self, number: int, result: Result) -> int:
        """Return how many lines the answers may take, at worst, on the screen of a step's run."""
        return sum(self._rows(place, result) for place in questions_before(self._lesson, number))

    def longest_guess(self, number: int, result: Result) -> Guess:
        """Return the guess that is answered at the greatest length.

        Raises:
            AuthorFault, Unknown, NotThere: as answers() does.
        """
        return self._longest(number, result)[1]

    def _longest(self, number: int, result: Result) -> tuple[int, Guess]:
        """Return the height of the longest answer, and its guess."""
        question = self._question(number)
        if isinstance(question, Ask):
            guesses = [Guess(str(near)) for near in question.near] + [Guess("?"), Guess()]
        else:
            guesses = [Guess(LETTERS[n], n) for n in range(len(question.choices))] + [Guess()]
        heights = [self._height(number, result, guess) for guess in guesses]
        return max(zip(heights, guesses, strict=True), key=lambda one: one[0])

    def _rows(self, number: int, result: Result) -> int:
        question = self._question(number)
        if self._stage.mode == "live":
            votes = self._guess(number).votes
            count = len(question.choices) if isinstance(question, Predict) else 0
            return count * len(votes) + 1 if votes else 0
        try:
            return self._longest(number, result)[0] + 1
        except (SimpshError, Unknown, NotThere):
            return 3

    def _height(self, number: int, result: Result, guess: Guess) -> int:
        said = self._answers(number, result, guess)
        spoken_of = self._spoken_of(number, result, guess)
        return len(self._stage.form.answer(said, self._stage.screen.width)) + len(spoken_of)

    def _spoken_of(self, number: int, result: Result, guess: Guess) -> Block:
        """Return the lines that an answer refers to, unless the listing is beside the picture."""
        question, texts = self._question(number), list[str]()
        if is_beside_code(self._stage, target_of(self._lesson, question), result):
            return []

        def keep(text: str) -> str:
            texts.append(text)
            return text

        answers(question, guess, result, keep)
        return lines_spoken_of(self._stage, self._lesson, question, " ".join(texts))

    def _answers(self, number: int, result: Result, guess: Guess) -> list[Answer]:
        question = self._question(number)
        return answers(question, guess, result, lambda t: filled(self._lesson, question, t))

    def _bars(self, number: int, result: Result) -> list[Block]:
        question, votes = self._question(number), self._guess(number).votes
        if not votes or not isinstance(question, Predict):
            return []
        right = _right_place(question, result)
        return [self._stage.form.bars(_bars(votes, right), self._stage.screen.width), [()]]

    def _guess(self, number: int) -> Guess:
        """Return what was answered to the question at a step; an empty guess if nothing was."""
        return self._guesses.get(number, Guess())

    def _question(self, number: int) -> Question:
        step = self._lesson.steps[number]
        assert isinstance(step, QUESTIONS)
        return step


@dataclass(slots=True)
class Guess:
    """What was answered before the run."""

    said: str = ""
    """The letter's place as text, or what was typed; empty for no guess."""
    choice: int | None = None
    votes: Sequence[Sequence[int]] = ()
    """The hands for each choice: before the discussion, and after it."""
    why: str = ""
    """Why the student thinks so; empty if that was skipped."""


def pose(stage: TeachingStage, question: Question, stop: Stop, asked: str) -> Guess:
    """Show a question as it is asked and wait for an answer; with no student, only show it."""
    width = stage.screen.width
    stage.show(stage.form.text(asked, width))
    if isinstance(question, Predict):
        stage.show(stage.form.choices(question.choices, width))
    if stage.mode == "auto":
        stage.show([()])
        return Guess()
    if stage.mode == "live":
        return _hands(stage, question, stop)
    return _choice(stage, question, stop)


def _choice(stage: TeachingStage, question: Question, stop: Stop) -> Guess:
    if isinstance(question, Ask):
        return Guess(stop("your answer (Enter if you have none): ").strip())
    letters = LETTERS[: len(question.choices)]
    prompt = f"your guess ({letters[0]}–{letters[-1]}, Enter if you have none): "
    while True:
        typed = stop(prompt).strip().lower().rstrip(".)")
        if not typed:
            return Guess()
        if len(typed) == 1 and typed in letters:
            return Guess(typed, letters.index(typed))
        stage.show([styled(_LETTERS_PLEASE, "dim")])


def _hands(stage: TeachingStage, question: Question, stop: Stop) -> Guess:
    """Count hands; once they are shown, a second vote after the discussion."""
    if isinstance(question, Ask):
        stop("what do you think?  Enter: reveal ")
        return Guess()
    votes: list[list[int]] = []
    count = len(question.choices)
    first = f"hands for {' '.join(LETTERS[:count])}, or Enter to reveal: "
    again = "discuss; hands once more, or Enter to reveal: "
    for prompt in (first, again):
        hands = _one_vote(stage, count, stop, prompt)
        if hands is None:
            break
        votes.append(hands)
        if prompt is first:
            stage.show(stage.form.bars(_bars(votes), stage.screen.width), [()])
    return Guess(votes=votes)


def _bars(
    votes: Sequence[Sequence[int]], right: int | None = None
) -> list[tuple[str, Sequence[int], str]]:
    """Return a row for each choice: its letter, its hands in each vote, a note at the right one."""
    return [
        (LETTERS[place], hands, _SO_IT_WAS if place == right else "")
        for place, hands in enumerate(zip(*votes, strict=True))
    ]


def _one_vote(stage: TeachingStage, count: int, stop: Stop, prompt: str) -> list[int] | None:
    while True:
        typed = stop(prompt).strip()
        if not typed:
            return None
        hands = hands_in(typed, count)
        if hands is not None:
            return hands
        stage.show([styled(_HANDS_PLEASE, "dim")])


def hands_in(line: str, count: int) -> list[int] | None:
    """Return the hands for each of `count` choices; None if the line says nothing of the kind.

    >>> hands_in("9 14 5 1", 4), hands_in("9,14", 3), hands_in("a lot", 2), hands_in("1 2 3", 2)
    ([9, 14, 5, 1], [9, 14, 0], None, None)
    """
    if not _HANDS.fullmatch(line):
        return None
    numbers = [int(word) for word in line.replace(",", " ").split()]
    if not numbers or len(numbers) > count or max(numbers) > 9999:
        return None
    return numbers + [0] * (count - len(numbers))


def answers(
    question: Question, guess: Guess, result: Result, fill: Callable[[str], str]
) -> list[Answer]:
    """Return what is to be said about a guess, once the run has spoken.

    Raises:
        AuthorFault: not exactly one choice is true of the run.
        Unknown: this machine cannot tell.
        NotThere: the run has nothing of the kind.
    """
    if isinstance(question, Ask):
        return free_answers(question, right_answer(question, result), guess.said, fill)
    return choice_answers(question.right(result), _chosen(question, guess), fill)


def _right_place(question: Predict, result: Result) -> int | None:
    """Return the place of the right choice, from 0; None if the run cannot tell."""
    try:
        return question.choices.index(question.right(result))
    except (SimpshError, Unknown, NotThere):
        return None


def _plain(text: str) -> str:
    """Return a text without its markup."""
    return plain(marked(text))


def _chosen(question: Predict, guess: Guess) -> Choice | None:
    return question.choices[guess.choice] if guess.choice is not None else None
