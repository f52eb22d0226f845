"""The prompt on a real terminal: a line editor on one event loop that lasts the session.

One thread, always: the shell forks between two prompts, and a fork copies no other thread.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from functools import partial

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, to_formatted_text
from prompt_toolkit.layout.processors import AfterInput

from simpsh.repl import column
from simpsh.repl.answers import Pressed
from simpsh.repl.commands import ProgramNames
from simpsh.repl.completion import completion
from simpsh.repl.keys import Keys
from simpsh.repl.looks import Looks
from simpsh.repl.menu import ROWS, offer, rows_of
from simpsh.repl.painting import Painter
from simpsh.repl.prompts import PS1, PS2, prompt
from simpsh.repl.recalling import Recalled, Suggester
from simpsh.repl.screen import (
    Keyboard,
    Screen,
    open_screen,
    pending_keys,
    wait_for_foreground,
)
from simpsh.repl.toolbar import toolbar
from simpsh.repl.waking import Watching, new_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_toolkit.application import Application
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.formatted_text import StyleAndTextTuples

    from simpsh.repl.answers import Answer
    from simpsh.repl.contract import Shell
    from simpsh.repl.history import History

_ESCAPE_SECONDS = 0.05
"""How long ESC may wait for the rest of a key's sequence."""

_ENDED_BY_KEY = tuple(128 + key for key in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP))

_PROBLEMS = 3
"""How many prompts in a row may fail before plain lines are read instead."""

_ROWS_FOR_TOOLBAR = 4


class Editor:
    """Asks for commands on a terminal that can be drawn on."""

    def __init__(self, shell: Shell, history: History) -> None:
        self._shell = shell
        self._screen = Screen(open_screen())
        self._keyboard = Keyboard(sys.stdin)
        self._loop = new_loop(self._after_wait)
        self._loop.set_exception_handler(self._note_problem)
        self._draft = Document()
        """What the next prompt starts with."""
        self._programs = ProgramNames()
        self._looks = Looks()
        self._was_aborted = False
        self._height = 0
        """How many rows the line and its menu took when they were drawn last, about."""
        self._may_have_printed = True
        """Whether something was run since the last prompt."""
        self._problems = 0
        """How many prompts in a row the line editor has failed at."""
        self._session = self._new_session(history)

    def _new_session(self, history: History) -> PromptSession[Answer]:
        session: PromptSession[Answer] = PromptSession(
            message=self._first_prompt,
            prompt_continuation=self._further_prompt,
            lexer=Painter(),
            # Completion is ours (keys.py); with one given, room is made for the menu.
            completer=DummyCompleter(),
            complete_while_typing=False,
            auto_suggest=Suggester(history.entries),
            history=Recalled(history.entries),
            key_bindings=Keys(
                is_complete=self._shell.is_complete, complete=self._complete, answer=self._answer
            ).bindings(),
            # A search looks as in other shells while the entry is one line.
            multiline=Condition(lambda: "\n" in session.default_buffer.text),
            input_processors=[
                AfterInput(lambda: [("class:aborted", "^C")] if self._was_aborted else [])
            ],
            include_default_pygments_style=False,
            input=self._keyboard,
            output=self._screen,
        )
        session.app.ttimeoutlen = _ESCAPE_SECONDS
        # SIGWINCH tells of a new size; nothing is polled.
        session.app.terminal_size_polling_interval = None
        session.app.before_render += self._fit
        return session

    # ------------------------------------------------------------------------ the prompt

    def read(self, news: Sequence[str]) -> Answer:
        """Show lines of news, then the prompt; return a command, or what was pressed instead."""
        news = [*self._prepare(), *news]
        with self._keyboard.raw_mode():
            # From here on no key is echoed where it does not belong.
            self._begin_line(news)
            answer = self._ask()
        is_command = isinstance(answer, str) and bool(answer.strip())
        self._may_have_printed = is_command or answer is Pressed.AGAIN
        return answer

    def _ask(self) -> Answer:
        draft, self._draft = self._draft, Document()
        handlers = {signal.SIGCHLD: self._on_child, signal.SIGCONT: self._on_continue}
        task = self._loop.create_task(
            self._session.prompt_async(
                default=draft,
                handle_sigint=False,
                set_exception_handler=False,
                pre_run=self._look_for_news,
            )
        )
        try:
            with Watching(self._loop, handlers):
                self._loop.run_until_complete(asyncio.wait([task]))
        finally:
            self._unwind(task)
        problem = task.exception()
        if problem is None:
            self._problems = 0
            return task.result()
        return self._cope_with(problem)

    def _cope_with(self, problem: BaseException) -> Answer:
        """Go on after a problem of the line editor's: no defect of it ends the session."""
        if isinstance(problem, EOFError):
            return Pressed.END
        if not isinstance(problem, Exception):
            raise problem
        self._problems += 1
        self._report(problem)
        return Pressed.AGAIN

    @property
    def has_failed(self) -> bool:
        """Whether the problems are there to stay, and plain lines serve better."""
        return self._problems >= _PROBLEMS

    def _look_for_news(self) -> None:
        # A child may have changed before the handlers were in place.
        self._loop.call_soon(self._report_news)

    def _begin_line(self, news: Sequence[str]) -> None:
        columns = self._screen.get_size().columns
        if self._may_have_printed:
            # What stands on the line may be the echo of keys: typed early, or ^C, ^\\, ^Z.
            is_early = pending_keys(self._keyboard.fileno()) > 0
            has_echo = is_early or self._shell.state.last_status in _ENDED_BY_KEY
            self._screen.write_raw(column.to_column_zero(columns, marks=not has_echo))
        else:
            self._screen.write_raw(column.wiped())
        self._write_lines(news)
        self._screen.flush()

    def _prepare(self) -> list[str]:
        """Start afresh, and follow what the last command changed; return lines of news."""
        self._session.app.erase_when_done = False
        self._height = 0
        self._was_aborted = False
        return self._looks.follow(self._shell.state, self._session)

    def _unwind(self, task: asyncio.Task[Answer]) -> None:
        """Let a prompt that an exception cut short give the terminal its modes back."""
        if not task.done():
            task.cancel()
            self._loop.run_until_complete(asyncio.wait([task]))

    def _first_prompt(self) -> StyleAndTextTuples:
        return to_formatted_text(ANSI(prompt(self._shell.state, "PS1", PS1)))

    def _further_prompt(self, _width: int, _line: int, wraps: int) -> StyleAndTextTuples:
        # A line too long for the screen goes on without a prompt, so that it can be copied.
        return [] if wraps else to_formatted_text(ANSI(prompt(self._shell.state, "PS2", PS2)))

    def _fit(self, app: Application[Answer]) -> None:
        """Give back rows that are no longer needed, and the toolbar's where there are few."""
        size = self._screen.get_size()
        has_room = size.rows >= _ROWS_FOR_TOOLBAR
        self._session.bottom_toolbar = partial(toolbar, self._shell.state) if has_room else None
        height = rows_of(self._session.default_buffer, size.columns)
        if height < self._height and not app.is_done:
            # The editor alone would keep them until the next prompt.
            app.renderer.erase()
        self._height = height

    # ------------------------------------------------------------------------ the answer

    def _answer(self, answer: Answer) -> None:
        """End the prompt; a second answer, pressed in the same moment, is dropped."""
        if not self._is_asking():
            return
        if answer is Pressed.INTERRUPT:
            self._was_aborted = True
            self._mark_trap(signal.SIGINT)
        self._session.app.exit(result=answer)

    def _mark_trap(self, number: signal.Signals) -> None:
        """Let a trap run for a signal that did not reach its handler, the prompt being up."""
        traps = self._shell.state.traps
        if traps.actions.get(number):
            traps.mark(number)

    def _after_wait(self) -> None:
        """A signal may have come: SIGINT, or one whose trap runs now, before the same line."""
        state = self._shell.state
        if state.launcher.context.interrupts.is_pending:
            self._answer(Pressed.INTERRUPT)
        elif state.traps.is_any_pending and self._is_asking():
            self._draft = self._session.default_buffer.document
            self._session.app.erase_when_done = True
            self._session.app.exit(result=Pressed.AGAIN)

    def _is_asking(self) -> bool:
        return self._session.app.is_running and not self._session.app.is_done

    def _complete(self, buffer: Buffer) -> None:
        """Complete the word before the cursor as far as it is certain; show what is left."""
        before = buffer.document.text_before_cursor
        found = completion(before, self._shell.state, self._programs)
        self._session.reserve_space_for_menu = min(ROWS, len(found.candidates) + 1)
        if not offer(buffer, found):
            self._screen.bell()

    # ----------------------------------------------------------------------- what happens

    def _on_child(self) -> None:
        """Some child has changed."""
        self._mark_trap(signal.SIGCHLD)
        self._report_news()

    def _report_news(self) -> None:
        """Say what is new about jobs above the line being edited."""
        self._shell.collect()
        lines = self._shell.notices()
        if lines:
            self._show_above(lines)
        # The toolbar counts the jobs.
        self._session.app.invalidate()

    def _on_continue(self) -> None:
        """The shell itself was stopped and goes on; others have used the terminal meanwhile."""
        app = self._session.app
        wait_for_foreground(self._keyboard.fileno())
        # Not left again: the prompt's own raw mode, entered before, gives the modes back.
        self._keyboard.raw_mode().__enter__()
        app.renderer.reset()
        columns = self._screen.get_size().columns
        self._screen.write_raw(column.to_column_zero(columns, marks=False))
        app.invalidate()

    def _show_above(self, lines: Sequence[str]) -> None:
        app = self._session.app
        app.renderer.erase()
        self._write_lines(lines)
        app.invalidate()

    def _write_lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._screen.write(line)
            self._screen.write_raw("\r\n")

    def _note_problem(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """Something went wrong in the event loop: the line being edited stays."""
        self._report(context.get("exception") or context.get("message"))

    def _report(self, problem: object) -> None:
        self._show_above([f"simpsh: the prompt had a problem: {problem!r}"])
        self._screen.flush()

    def close(self) -> None:
        """Give back the loop and the stream to the terminal."""
        self._loop.close()
        self._screen.close()
