"""The teacher's side of a class: asks, counts, closes, and shows the phones what comes next.

The terminal is the projector. Until a question is closed, it shows only the number of answers. It
never shows the id of a student.
"""

from __future__ import annotations

import asyncio
import os
import socket
import termios
import tty
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from io import StringIO

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.own_program import how_to_install
from simpsh.base.phrases import counted
from simpsh.base.record import Record, changed as copied
from simpsh.base.signal_names import SIGCONT
from simpsh.course.claims.claim import Result
from simpsh.course.classroom.class_store import CHANGED, YES, Poll, PollAnswers, lead
from simpsh.course.classroom.phone_access import host_for_phones, missing_libraries
from simpsh.course.lesson import lesson as lessons
from simpsh.course.lesson.text_steps import Try
from simpsh.course.screen.answer_lines import LETTERS
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.screen.terminal_screen import TerminalScreen
from simpsh.course.teach.course_map import CourseMap
from simpsh.course.teach.lesson_display import ShownRun, parts_block
from simpsh.course.teach.lesson_questions import UNANSWERED, LessonQuestions, question_at
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.teaching_stage import LessonLeft, TeachingStage
from simpsh.kernel.descriptors import readable
from simpsh.kernel.signals import Handled
from simpsh.process.worker import Channel, Worker, WorkerBroken
from simpsh.view.document import Table, html_of, html_of_line, inline, paragraphs
from simpsh.view.styled_text import Block

GO_ON = "Enter"
_INPUT = 0
_NAMES = dict.fromkeys(("\r", "\n", " ", "\x1b[C", "\x1b[6~"), GO_ON)
_NAMES |= dict.fromkeys(("\x1b[D", "\x1b[5~"), "b")
"""The meanings of keys; a presenter's remote control sends Page Down and Page Up."""
USUAL_PORT = 8037
_COMMANDS = {"b": ":back", "s": ":skip", "h": ":hint", "q": ":quit"}
_KEYS = "keys: Enter on, b back, s skip, h hint, q stop, a address, : command, ^Z your shell"


class ClassSettings(Record):
    """How a class is served."""

    bind: str = "0.0.0.0"
    port: int = USUAL_PORT
    """0 for any free port; a class that continues keeps its port instead of the usual one."""
    url: str = ""
    """The address that students type if a proxy or tunnel forwards to this machine."""
    is_new: bool = False


def _serve(settings: ClassSettings, channel: Channel) -> None:
    """Open the class, tell its word, its port and its page, and serve it; raises SimpshError."""
    from simpsh.course.classroom.class_server import ClassServer

    store, bind = lead(is_new=settings.is_new), settings.bind
    port = (store.port or settings.port) if settings.port == USUAL_PORT else settings.port
    try:
        family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        listening = socket.create_server((bind, port), family=family, backlog=512)
    except OSError as problem:
        # Python adds its own explanation in brackets.
        words = f"{bind} port {port}: {str(problem.strerror).partition(' (')[0]}"
        raise SimpshError(f"{words}; see --bind and --port") from problem
    store.lead_at(listening.getsockname()[1])
    channel.send((store.word, store.port, store.now))
    asyncio.run(ClassServer(channel, store).serve(listening))


class LedClass(Teacher):
    """Teaches one lesson to a class that answers by phone.

    Raises SimpshError if a package is missing, or if the address cannot be used; OSError if
    the class cannot be stored.
    """

    def __init__(
        self,
        lesson: lessons.Lesson,
        stage: TeachingStage,
        settings: ClassSettings,
        start: int | None = None,
    ) -> None:
        for library in missing_libraries():
            raise SimpshError(f"{library} is not installed; {how_to_install('class')}")
        self._worker = Worker(partial(_serve, settings))
        opened = self._worker.channel.receive()
        if not isinstance(opened, tuple):
            raise WorkerBroken("the server of the class did not start; begin the lesson again")
        word, port, self._now = opened
        url = settings.url or f"http://{host_for_phones(settings.bind)}:{port}"
        self._address = f"{url}/{word}"
        # Continue an interrupted class at its step, unless the teacher chose another.
        is_same = start is None and self._now.get("id") == lesson.id
        resumed_step = self._now.get("step") if is_same else None
        self._is_resumed = isinstance(resumed_step, int)
        super().__init__(
            lesson, stage, resumed_step if isinstance(resumed_step, int) else start or 0
        )
        # The teacher continues with single keys; a command begins with a colon.
        self._type, stage.ask = stage.ask, lambda prompt: self._wait(lambda *_: prompt)
        self.questions = questions = _ClassQuestions(lesson, stage, self.stop, self._code)
        questions.room = self

    def _ask(self, asked: Poll | dict[str, object] | str) -> object:
        """Ask the server, and return its answer; raises SimpshError."""
        answer: object = None
        with suppress(BrokenPipeError):
            self._worker.channel.send(asked)
            while (answer := self._worker.channel.receive()) == CHANGED:
                pass
        if isinstance(answer, OSError):
            raise SimpshError(f"the class cannot be kept: {answer.strerror}")
        if answer is None:
            raise WorkerBroken("the server of the class has ended; begin the lesson again")
        return answer

    def _poll_state(self, key: str) -> tuple[int, PollAnswers, Poll | None]:
        """Return the number of students, the answers to a poll, and the poll."""
        answer = self._ask(key)
        assert isinstance(answer, tuple)
        return max(answer[0], *map(len, answer[1].values()), 0), *answer[1:]

    def _show(self, phase: str, **more: object) -> None:
        """Show something on all phones."""
        self._now = {"phase": phase, "lesson": self.lesson.title, "id": self.lesson.id, **more}
        self._ask(self._now)

    # -- the projector ----------------------------------------------------------------------------

    def teach(self) -> bool:
        """Show the address until the teacher begins; then teach, and end the server."""
        try:
            if not self._is_resumed:
                self._show("wait")
            self._show_address()
            self._wait(lambda students, _: f"{counted(students, 'student')} here · Enter begins ")
            return super().teach()
        except LessonLeft:
            return False
        finally:
            self._worker.end()

    def _show_address(self) -> None:
        import segno

        drawn = StringIO()
        segno.make(self._address, error="l", micro=False).terminal(drawn, border=2, compact=True)
        # Light on dark, in any theme.
        colours = ("\x1b[97;40m", "\x1b[0m") if console.is_in_colour() else ("", "")
        self._stage.say(f"On the phone: {self._address}", "bold")
        if "://127." in self._address:
            self._stage.say("Only this machine can open it. Phones need its address in a network.")
        rows = (row.join(colours) for row in drawn.getvalue().splitlines())
        console.show_lines(rows, is_painted=True)
        self._stage.say(_KEYS)

    def _wait(self, words: Callable[[int, PollAnswers], str], key: str = "", also: str = "") -> str:
        """Show a line until Enter or the key `also` is pressed; return `also`, or an empty text.

        `words` makes the line from the number of students and their answers to the poll `key`, each
        time that students join or answer. Other keys are commands; those that lead elsewhere raise.
        """
        stage = self._stage

        def draw() -> None:
            students, answers, _ = self._poll_state(key)
            stage.screen.wait(words(students, answers)[: stage.width - 1])

        while True:
            with single_keys(draw):
                draw()
                while not (pressed := next_key(self._worker.channel.descriptor)):
                    draw()
            stage.show([])
            if pressed in (GO_ON, also):
                return pressed if pressed == also else ""
            if pressed == ":":
                self.stop.obey(f":{self._type(':').removeprefix(':')}")
            elif pressed in _COMMANDS:
                self.stop.obey(_COMMANDS[pressed])
            else:
                self._show_address()

    # -- questions and tasks for the class --------------------------------------------------------

    def question(self, number: int) -> None:
        """Ask a question; an interrupted class continues in the same phase."""
        question, key = question_at(self.lesson, number), self._key(number)
        words = question.question
        pattern = f"[0-{len(question.choices) - 1}]"
        page: dict[str, object] = {
            "key": key,
            "step": number,
            "question": html_of(paragraphs(words)),
            "choices": [html_of_line(inline(choice.text)) for choice in question.choices],
        }
        _, answers, poll = self._poll_state(key)
        if poll is not None and poll.right is not None:
            self._stage.say("The class has answered this question already.")
            return
        self._store_poll(number, question.question)

        def vote(slot: str) -> None:
            # Accept reasons, too: a student may be writing one when the question is opened again.
            self._show("vote", **page, round=slot, asks={slot: pattern, "why": ".*"})
            self._wait(
                lambda students, s: (
                    f"{len(s.get(slot, ()))} of {students} have answered · Enter closes "
                ),
                key,
            )
            self._show("closed", **page, round=slot, asks={"why": ".*"})

        if not answers.get("2"):
            vote("1")
            if not self._discusses(page, number):
                return
        vote("2")

    def _discusses(self, page: Mapping[str, object], number: int) -> bool:
        """Show the first vote; return whether the class discusses it, and then votes again."""
        self._stage.show([()], self.votes(number))
        if self._wait(lambda *_: "Enter: talk, then vote again · r: run it ", also="r"):
            return False
        self._show("talk", **page, round="1", asks={"why": ".*"})
        return not self._wait(lambda *_: "talk · Enter: vote again · r: run it ", also="r")

    def votes(self, number: int, right: int | None = None) -> Block:
        """Return a table of the votes, with the right choice marked; empty without votes."""
        answers = self._poll_state(self._key(number))[1]
        rounds = [Counter(answers[slot].values()) for slot in ("1", "2") if answers.get(slot)]
        if not rounds:
            return []
        rows = [
            (
                LETTERS[index],
                *(f"{votes[f'{index}']}" for votes in rounds),
                "so it was" if index == right else "",
            )
            for index in range(len(question_at(self.lesson, number).choices))
        ]
        heads = ("choice", *("votes", "after the talk")[: len(rounds)], "")
        return [*self._stage.form.table(Table(heads, rows), self._stage.width), ()]

    def attempt(self, task: Try) -> None:
        """Have students try a task on their own machines and report; then try it at the prompt."""
        stage, number = self._stage, self.stop.step
        key, words = self._key(number), task.task
        page = {"key": key, "step": number, "task": html_of(paragraphs(words))}
        self._store_poll(number, task.title)
        stage.show(stage.form.text(words, stage.width), [()])
        self._show("task", **page, asks={"done": f"{YES}|no"})

        def count(students: int, answers: PollAnswers) -> str:
            done = sum(word == YES for word in answers.get("done", {}).values())
            return f"{done} of {students} have done it · Enter closes "

        self._wait(count, key)
        self._show("tried", **page)
        # The teacher types whole lines at the task's prompt.
        ask, stage.ask = stage.ask, self._type
        try:
            super().attempt(task)
        finally:
            stage.ask = ask

    def _show_run(self, step: lessons.Running) -> ShownRun:
        """Show the steps of the run on the phones, too, as sentences."""
        shown, number = super()._show_run(step), self.stop.step
        form = ScreenForm(is_plain=True)
        phone = copied(self._stage, screen=_PhoneScreen(), form=form)
        rows = parts_block(phone, shown, shown.parts, phone.rows)
        steps = "".join(f"<li>{html_of_line(row)}</li>" for row in rows if row)
        picture = f'<ol class="steps">{steps}</ol>'
        answered = lessons.questions_before(self.lesson, number)
        about = {"key": self._key(answered[-1])} if answered else {}
        self._show("run", picture=picture, step=min([*answered, number]), **about)
        return shown

    def reasons(self, number: int, result: Result) -> None:
        """Show each phone the reason for its own answer, and store the right answer."""
        question = question_at(self.lesson, number)
        reasons, right = dict[str, str](), None
        with suppress(*UNANSWERED):
            right = str(question.right(result))
            for guess in (None, *range(len(question.choices))):
                rows = "".join(
                    f"<dt>{row.label}</dt><dd>{html_of_line(row.text)}</dd>"
                    for row in question.answers(guess, result)
                )
                reasons["none" if guess is None else str(guess)] = f"<dl>{rows}</dl>"
        self._store_poll(number, question.question, right)
        picture = self._now.get("picture", "")
        self._show("why", reasons=reasons, key=self._key(number), picture=picture, step=number)

    def _offer(self, course: CourseMap | None) -> None:
        """Show each student's own answers and the next lesson on the phones."""
        following = course.next if course is not None else None
        head = following and (following.head.id, following.head.title)
        text = html_of(paragraphs(self.lesson.remember))
        self._show("end", text=text, next=head, exercise=self.lesson.exercise)
        super()._offer(course)
        self._wait(lambda students, _: f"{counted(students, 'student')} here · Enter ends it ")

    # -- a step, for the phones and the table of answers ------------------------------------------

    def _key(self, number: int) -> str:
        return f"{self.lesson.id}/{number + 1}"

    def _store_poll(self, number: int, text: str, right: str | None = None) -> None:
        """Store the question of a step, and the right answer once it is known."""
        step = self.lesson.steps[number]
        choices = step.choices if isinstance(step, lessons.Question) else ()
        texts = tuple(lessons.plain_text(choice.text) for choice in choices)
        about = self._key(number), self.lesson.id, number + 1, lessons.plain_text(text)
        self._ask(Poll(*about, texts, right))


class _ClassQuestions(LessonQuestions):
    """Asks the questions on the phones, and replies to each phone."""

    room: LedClass

    def _read_guess(self, number: int) -> int | None:
        self.room.question(number)
        return None

    def with_run(self, number: int, result: Result) -> Block:
        """Return the votes on the questions before a step."""
        block: Block = []
        for index in lessons.questions_before(self._lesson, number):
            right = None
            with suppress(*UNANSWERED):
                right = question_at(self._lesson, index).right(result)
            block += self.room.votes(index, right)
        return block

    def after_run(self, number: int, result: Result) -> None:
        """Let the class say the reasons; then show them, here and on the phones."""
        for index in lessons.questions_before(self._lesson, number):
            self._stop.wait("who can say why?  Enter: one answer ")
            self.room.reasons(index, result)
            self.answer(index, result)


class _PhoneScreen(TerminalScreen):
    """A screen on which no sentence is wrapped: the phone wraps it."""

    width = 1000


# Reading single keys while the phones send answers.


@contextmanager
def single_keys(show_again: Callable[[], object]) -> Iterator[None]:
    """Read keys as they are pressed, without echo; call `show_again` after a suspension.

    Raises LessonLeft at ^C.
    """
    before = termios.tcgetattr(_INPUT)

    def draw_again(*_: object) -> None:
        if os.tcgetpgrp(_INPUT) == os.getpgrp():
            tty.setcbreak(_INPUT, termios.TCSANOW)
            show_again()

    try:
        with Handled({SIGCONT: draw_again}):
            # Drop keys that were typed before the question.
            tty.setcbreak(_INPUT, termios.TCSAFLUSH)
            yield
    except KeyboardInterrupt:
        raise LessonLeft from None
    finally:
        with suppress(termios.error):
            termios.tcsetattr(_INPUT, termios.TCSANOW, before)


def next_key(also: int) -> str:
    """Wait for a key; return its meaning or character; only the first of several keys counts.

    Return an empty text when the descriptor `also` can be read.
    """
    if _INPUT not in readable((_INPUT, also)):
        return ""
    typed = os.read(_INPUT, 64).decode("utf-8", "replace")
    if typed in ("", "\x04"):
        raise LessonLeft
    return _NAMES.get(typed) or _NAMES.get(typed[0], typed[0])
