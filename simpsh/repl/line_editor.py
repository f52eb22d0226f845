"""The prompt with a line editor, on one event loop for the whole session.

There is only one thread, because the shell forks between prompts and a fork copies no other thread.
This module also draws the completion menu, suggestions from the history, and colours.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from io import TextIOWrapper

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import Completion as Choice, DummyCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, is_searching
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, split_lines, to_formatted_text
from prompt_toolkit.history import History
from prompt_toolkit.layout.processors import AfterInput
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.search import accept_search

from simpsh.base.errors import IncompleteInput, defect_in_a_line
from simpsh.base.phrases import escaped, shorten
from simpsh.console import shown
from simpsh.kernel import call_observer
from simpsh.repl.argument_names import Subcommands
from simpsh.repl.completion import Completion, completion
from simpsh.repl.editor_terminal import TerminalInput, TerminalOutput
from simpsh.repl.foreign_output import ForeignOutput
from simpsh.repl.key_bindings import prompt_keys
from simpsh.repl.line_history import LineHistory
from simpsh.repl.plain_reader import Answer, KeyAnswer, Unfinished
from simpsh.repl.prompt_event_loop import new_loop, run_until_done, signal_wakeup
from simpsh.repl.prompt_style import BUILTIN, STYLE, TOKENS, follow
from simpsh.repl.prompt_text import (
    PS1,
    continuation,
    directory_words,
    first_prompt,
    own_prompt,
    toolbar,
)
from simpsh.shell import line_prefixes
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.jobs.controlling_terminal import wait_until_foreground
from simpsh.shell.jobs.interrupts import bytes_waiting
from simpsh.shell.jobs.terminal_reset import JOB_RESET, KEYS_RESET, WIPE
from simpsh.shell.language import surface
from simpsh.shell.shell import Shell
from simpsh.shell.state import State

ESCAPE_SECONDS = 0.05
"""How long ESC waits for the rest of a key's escape sequence."""

_ENDED_BY_KEY = tuple(128 + key for key in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP))

_PROBLEMS = 3
"""The number of consecutive failed prompts after which plain lines are read instead."""

_RESIZE_SECONDS = 0.05
_LONGEST_PARSED = 20_000
"""Characters of a pasted text above which its lines have a plain prompt."""
_ROWS_FOR_TOOLBAR = 4
_WIDEST = 100


class Editor:
    """Reads commands on a terminal that can be drawn on."""

    def __init__(
        self,
        shell: Shell,
        history: LineHistory,
        screen: TextIOWrapper,
        foreign: ForeignOutput,
        subcommands: Subcommands | None = None,
    ) -> None:
        self._shell = shell
        self._subcommands = subcommands
        self._history = history
        self._screen = TerminalOutput(screen, foreign)
        terminal = shell.launcher.context.terminal
        self._keyboard = TerminalInput(
            sys.stdin, is_done=lambda: self._session.app.is_done, terminal=terminal
        )
        if terminal is not None:
            terminal.reset = JOB_RESET.encode()
        self._loop = new_loop(self._after_wait)
        self._loop.set_exception_handler(
            lambda _, context: self._report(context.get("exception") or context.get("message"))
        )
        self._draft = Document()
        """The initial text of the next prompt."""
        self._further_prompt: str | None = None
        """PS2 if it is set, expanded once for each prompt and not at every drawing."""
        self._opened: dict[str, tuple[IncompleteInput | None, str]] = {}
        """What is open after a text, and the prompt of the next line; for one prompt."""
        self._directory = ""
        """The working directory for the toolbar; it cannot change during a prompt."""
        self._was_aborted = False
        self._height = 0
        """The approximate number of rows of the last drawing, menu included."""
        self._drawn_bar = ""
        """The text of the toolbar in the last drawing."""
        self._may_have_printed = True
        """Whether something was run since the last prompt."""
        self._problems = 0
        """The number of consecutive failed prompts."""
        self._resizing: asyncio.TimerHandle | None = None
        """The timer for drawing after a change of the window's size."""

        def further_prompt(_width: int, line: int, wraps: int) -> StyleAndTextTuples:
            if wraps:
                # Wrapped lines get no prompt, so that they can be copied.
                return []
            before = "".join(f"{row}\n" for row in session.default_buffer.document.lines[:line])
            return to_formatted_text(ANSI(self._open_after(before)[1]))

        session: PromptSession[Answer] = PromptSession(
            prompt_continuation=further_prompt,
            lexer=PromptLexer(shell.state),
            # offer() opens the menu; a completer is needed to reserve space for it.
            completer=DummyCompleter(),
            complete_while_typing=False,
            auto_suggest=LatestEntry(history),
            history=EditorHistory(history),
            key_bindings=prompt_keys(
                self._answer, shell.is_complete, self._complete, self._explain
            ),
            multiline=Condition(lambda: "\n" in session.default_buffer.text),
            input_processors=[AfterInput(self._after_line)],
            style=STYLE,
            include_default_pygments_style=False,
            input=self._keyboard,
            output=self._screen,
        )
        session.app.ttimeoutlen = ESCAPE_SECONDS
        # SIGWINCH reports a new size, so polling is not needed.
        session.app.terminal_size_polling_interval = None
        session.app.before_render += self._fit
        # Cache what never changes, and is searched at each key.
        layout, controls = session.layout, tuple(session.layout.find_all_controls())
        layout.find_all_controls = lambda: controls  # type: ignore[method-assign]
        layout.update_parents_relations()
        layout.update_parents_relations = lambda: None  # type: ignore[method-assign]
        self._session = session
        shell.launcher.reset_screen = session.app.renderer.reset
        shell.launcher.begin_notice = self._begin_notice

    # ------------------------------------------------------------------------ the prompt

    def read(
        self, notices: Sequence[str], first: str | None = None, *, is_painted: bool = False
    ) -> Answer:
        """Show notices and the prompt; return a command, or the key that ended the prompt.

        `first` is PS1 if it has been expanded; `is_painted`: it is on the screen, with the notices.
        """
        # Reset the state of the last prompt, and adopt changes by the last command.
        self._session.app.erase_when_done = False
        self._height = 0
        self._was_aborted = False
        self._directory = directory_words(self._shell.state)
        prompt = first_prompt(self._shell) if first is None else first
        self._session.message = ANSI(prompt)
        self._further_prompt = own_prompt(self._shell, "PS2")
        self._opened.clear()
        answer: Answer = KeyAnswer.END
        follow(self._shell.state, self._session)
        with suppress(EOFError), self._keyboard.raw_mode():
            # From here on the kernel does not echo keys.
            has_others_output = self._screen.takes_others_output()
            if is_painted and not has_others_output:
                self._screen.write_raw("\r")
                notices = ()
            elif self._may_have_printed or has_others_output:
                # The line may contain the echo of keys that were typed early, or of ^C, ^\ or ^Z.
                is_early = bytes_waiting(self._keyboard.fileno()) > 0
                has_echo = is_early or self._shell.state.last_status in _ENDED_BY_KEY
                self._screen.write_raw(KEYS_RESET)
                self._screen.begin_line(marks=not has_echo)
            else:
                self._screen.write_raw(WIPE)
            self._write_lines(notices)
            self._screen.flush()
            answer = self._ask()
        is_command = isinstance(answer, str) and bool(answer.strip())
        self._may_have_printed = is_command or answer is KeyAnswer.AGAIN
        return answer

    def _ask(self) -> Answer:
        draft, self._draft = self._draft, Document()

        def on_child() -> None:
            self._mark_trap(signal.SIGCHLD)
            self._report_news()

        def begin() -> None:
            self._loop.call_soon(begin_to_watch)

        def begin_to_watch() -> None:
            # A child may have changed its state before the handlers were installed.
            self._report_news()
            # Replace the handler that prompt_toolkit has installed by now.
            self._loop.add_signal_handler(signal.SIGWINCH, self._resize_soon)

        on_continue = partial(draw_again, self._session.app, self._screen, self._keyboard)
        asking = self._session.prompt_async(
            default=draft, handle_sigint=False, set_exception_handler=False, pre_run=begin
        )
        with signal_wakeup(self._loop, {signal.SIGCHLD: on_child, signal.SIGCONT: on_continue}):
            task = run_until_done(self._loop, asking)
        problem = task.exception()
        if problem is None:
            self._problems = 0
            return task.result()
        # A defect of the line editor must not end the session.
        if isinstance(problem, EOFError):
            return KeyAnswer.END
        if not isinstance(problem, Exception):
            raise problem
        self._problems += 1
        self._report(problem)
        return KeyAnswer.AGAIN

    @property
    def has_failed(self) -> bool:
        """Whether plain lines should be read instead, because the editor fails repeatedly."""
        return self._problems >= _PROBLEMS

    def _resize_soon(self) -> None:
        """Draw in the new size after a short delay without further changes.

        While a window is being resized, its size may change again before the terminal has drawn.
        """
        if self._resizing is not None:
            self._resizing.cancel()
        self._resizing = self._loop.call_later(
            _RESIZE_SECONDS, resize, self._session.app, self._screen
        )

    def _fit(self, app: Application[Answer]) -> None:
        """Prepare a drawing: begin below other output, and release rows that are not needed.

        Very small screens have no toolbar.
        """
        buffer = self._session.default_buffer
        if self._screen.begin_below_others(app.renderer):
            self._height = 0
        size = self._screen.get_size()
        has_room = size.rows >= _ROWS_FOR_TOOLBAR
        bar = self._drawn_bar = self._bar(size.columns)
        self._session.bottom_toolbar = [("class:status", bar)] if has_room else None
        # Approximate, because the exact height needs a full layout at every key.
        rows = [1 + (len(line) + len(PS1)) // size.columns for line in buffer.text.split("\n")]
        height = sum(rows) + (ROWS if buffer.complete_state else 0)
        if height < self._height and not app.is_done:
            # prompt_toolkit would keep the rows until the next prompt.
            self._screen.erase(app.renderer)
        self._height = height

    def _after_line(self) -> StyleAndTextTuples:
        return [("class:aborted", "^C")] if self._was_aborted else []

    def _bar(self, columns: int) -> str:
        """Return the text of the toolbar: the status, or what is open in unfinished input."""
        text = self._session.default_buffer.text
        incomplete = self._open_after(text)[0] if "\n" in text else None
        if incomplete is not None:
            return shorten(f"line {incomplete.line}: {escaped(incomplete.message)}", columns - 1)
        return toolbar(self._shell.state, self._directory, columns)

    def _open_after(self, text: str) -> tuple[IncompleteInput | None, str]:
        """Return what is open after a text, and the prompt for the next line."""
        if len(text) > _LONGEST_PARSED:
            return None, continuation(self._further_prompt, None)
        known = self._opened.get(text)
        if known is None:
            incomplete = self._shell.unfinished(text)
            known = self._opened[text] = incomplete, continuation(self._further_prompt, incomplete)
        return known

    # -------------------------------------------------------------------------- the keys

    def _complete(self, before: str) -> None:
        try:
            found = completion(before, self._shell.state, self._subcommands)
        except Exception as problem:  # noqa: BLE001 - the net: the line being edited stays
            self._show_above([f"simpsh: completion: {defect_in_a_line(problem)}"])
            return
        offer(self._session, self._screen, found)

    def _explain(self) -> None:
        """Explain the last failure; at the second call, open a lesson about it."""
        from simpsh.shell.builtins.explanation import explain

        record = self._shell.state.record
        assert record is not None  # as at every prompt
        if record.lesson:
            self._draft = self._session.default_buffer.document
            self._session.app.exit(result=f"lesson run {record.lesson}")
            return
        columns = min(_WIDEST, self._screen.get_size().columns)
        status = self._shell.state.last_status
        self._show_above(explain(record, record.last, status, columns))

    # ------------------------------------------------------------------------ the answer

    def _answer(self, answer: KeyAnswer | Unfinished) -> None:
        """End the prompt; ignore a second answer that arrives at the same moment."""
        if self._session.app.is_done or not self._session.app.is_running:
            return
        if is_searching():
            accept_search()
        if answer is KeyAnswer.INTERRUPT:
            text = self._session.default_buffer.text
            if "\n" in text:
                # Several lines are too many to lose: Up brings them back.
                self._history.add(text)
            self._was_aborted = True
            self._mark_trap(signal.SIGINT)
        elif answer is KeyAnswer.AGAIN:
            self._draft = self._session.default_buffer.document
            self._session.app.erase_when_done = True
        self._session.app.exit(result=answer)

    def _mark_trap(self, number: signal.Signals) -> None:
        """Mark a trap as pending for a signal that the prompt handled itself."""
        traps = self._shell.state.traps
        if traps.actions.get(number):
            traps.mark(number)

    def _after_wait(self) -> None:
        """React to SIGINT or a trapped signal; the trap runs before editing continues."""
        if self._shell.launcher.context.interrupts.is_pending:
            self._answer(KeyAnswer.INTERRUPT)
        elif self._shell.state.traps.pending:
            self._answer(KeyAnswer.AGAIN)

    # -------------------------------------------------------------- news above the prompt

    def _report_news(self) -> None:
        """Show changes of jobs above the line being edited."""
        self._shell.collect()
        lines = self._shell.notices()
        if lines:
            self._show_above(lines)
        # The toolbar counts the jobs.
        if self._bar(self._screen.get_size().columns) != self._drawn_bar:
            self._session.app.invalidate()

    def _show_above(self, lines: Sequence[str]) -> None:
        app = self._session.app
        self._screen.erase(app.renderer)
        self._write_lines(lines)
        app.invalidate()

    def _write_lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._screen.write_raw(f"{shown(line)}\r\n")

    def _report(self, problem: object) -> None:
        """Report a problem of the editor; the line being edited is kept."""
        self._show_above([f"simpsh: the prompt had a problem: {problem!r}"])
        self._screen.flush()

    def _begin_notice(self, signal_number: int) -> None:
        """Begin the line of a notice about a job that this signal has killed."""
        if os.isatty(2):
            # The text before may be the echo of the key that sent SIGQUIT.
            self._screen.begin_line(marks=signal_number != signal.SIGQUIT)
            self._screen.flush()

    def close(self) -> None:
        """Close the loop and the stream to the terminal."""
        self._loop.close()
        self._screen.close()


ROWS = 9
"""The greatest height of the menu, in rows."""


def resize(app: Application[Answer], screen: TerminalOutput) -> None:
    """Erase the drawing of the old size and draw in the new one.

    A terminal that rewraps its text may have moved the cursor further down, and then the first rows
    stay. Terminals do not report whether they rewrap; otherwise those rows contain output.
    """
    if not app.is_running or app.is_done:
        return
    screen.erase(app.renderer)
    app.invalidate()


def draw_again(app: Application[Answer], screen: TerminalOutput, keyboard: TerminalInput) -> None:
    """Draw again after this process was stopped and other programs used the terminal."""
    # The terminal may have hung up; and only the user's commands are narrated.
    with suppress(OSError), call_observer.observing(None):
        wait_until_foreground(keyboard.fileno())
    with suppress(EOFError):  # the terminal has hung up; the next read will report it
        keyboard.enter_raw_mode()
    app.renderer.reset()
    screen.begin_line(marks=False)
    app.invalidate()


def offer(session: PromptSession[Answer], screen: TerminalOutput, completion: Completion) -> None:
    """Insert the common prefix of all candidates; open the menu if there are several.

    This is not a task of the event loop, so keys typed after Tab are inserted after it. The bell
    rings if there is no candidate.
    """
    session.reserve_space_for_menu = min(ROWS, len(completion.candidates) + 1)
    if not completion.candidates:
        screen.bell()
        return
    buffer = session.default_buffer
    before = buffer.document.text_before_cursor
    typed = before[len(before) - completion.replaced :]
    common = completion.common
    if len(completion.candidates) == 1 or len(common) > len(typed):
        buffer.delete_before_cursor(completion.replaced)
        buffer.insert_text(common)
        typed = common
    if len(completion.candidates) > 1:
        choices = [
            Choice(
                candidate.text,
                -len(typed),
                display=candidate.shown,
                display_meta=candidate.description,
            )
            for candidate in completion.candidates
        ]
        buffer.complete_state = CompletionState(buffer.document, choices)


class EditorHistory(History):
    """The history for the editor's keys; read_eval_loop adds the entries."""

    def __init__(self, history: LineHistory) -> None:
        super().__init__()
        self._history = history

    async def load(self) -> AsyncGenerator[str, None]:
        """Yield the entries, the latest first."""
        for entry in self.load_history_strings():
            yield entry

    def load_history_strings(self) -> Iterable[str]:
        """Return the entries, the latest first."""
        return reversed(self._history.entries)

    def get_strings(self) -> list[str]:
        """Return the entries, the latest last."""
        return self._history.entries

    def append_string(self, string: str) -> None:
        """Do nothing: read_eval_loop adds the command."""

    store_string = append_string


class LatestEntry(AutoSuggest):
    """Suggests the rest of the latest entry that begins with the line and did not fail.

    The library's own class copies the history at every key.
    """

    def __init__(self, history: LineHistory) -> None:
        self._history = history

    def get_suggestion(
        self,
        buffer: Buffer,  # noqa: ARG002 - the interface of the library
        document: Document,
    ) -> Suggestion | None:
        """Return the suggestion for the last line of the text, or None."""
        line, failed = document.text.rpartition("\n")[2], self._history.failed
        if not line.strip():
            return None
        for entry in reversed(self._history.entries):
            if entry.startswith(line) and "\n" not in entry and entry not in failed:
                return Suggestion(entry[len(line) :])
        return None


class PromptLexer(Lexer):
    """Colours the typed text with the shell's own scanner."""

    def __init__(self, state: State) -> None:
        self._state = state

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Return a function from a line's number to its fragments."""
        lines = painted(document.text, is_typed=self._state.is_typed)
        return lambda number: lines[number] if number < len(lines) else []


def painted(text: str, *, is_typed: bool = True) -> list[StyleAndTextTuples]:
    """Return the fragments of each line."""
    fragments: StyleAndTextTuples = []
    end = 0
    for kind, start, stop in line_prefixes.tokens(text, is_typed=is_typed):
        piece = text[start:stop]
        style = TOKENS[kind]
        if kind is surface.COMMAND and builtin_registry.is_builtin(piece):
            style = TOKENS[BUILTIN]
        elif kind is surface.ERROR and piece[0] in "'\"":
            # An unclosed quote is not an error while it is being typed.
            style = TOKENS[surface.SINGLE_QUOTED]
        fragments += [("", text[end:start]), (style, piece)]
        end = stop
    fragments.append(("", text[end:]))
    return list(split_lines([fragment for fragment in fragments if fragment[1]]))
