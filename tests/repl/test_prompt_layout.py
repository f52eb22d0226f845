"""The quick drawing of a prompt: cell for cell as by the library."""

import asyncio
from io import StringIO
from types import SimpleNamespace

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.application.current import set_app
from prompt_toolkit.auto_suggest import Suggestion
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.input import DummyInput
from prompt_toolkit.layout.processors import AfterInput
from prompt_toolkit.output.vt100 import Vt100_Output

from simpsh.repl.command_names import KnownCommands
from simpsh.repl.line_editor import PromptLexer
from simpsh.repl.plain_reader import Answer
from simpsh.repl.prompt_layout import OneRow
from simpsh.repl.prompt_style import STYLE
from simpsh.shell.state import State


class _Output(Vt100_Output):
    def get_rows_below_cursor_position(self):
        return 1


class _Screen:
    """A session on a screen of text, drawn by the library or by OneRow."""

    def __init__(self, columns: int, *, is_quick: bool) -> None:
        self.columns, self.after, self.quick_rows = columns, "", 0
        self.session: PromptSession[Answer] = PromptSession(
            lexer=PromptLexer(KnownCommands(State({"PATH": "/usr/bin:/bin"}))),
            style=STYLE,
            input_processors=[AfterInput(self._after_line)],
            include_default_pygments_style=False,
            input=DummyInput(),
            output=_Output(StringIO(), lambda: Size(24, columns), enable_cpr=False),
        )
        self.row = OneRow(self.session, self._after_line)
        if is_quick:
            self.session.layout.container = self.row

    def _after_line(self):
        return [("class:aborted", self.after)] if self.after else []

    async def draw(self, situation, *, is_done: bool = False) -> None:
        session, app = self.session, self.session.app
        self.after = situation.after
        session.message = ANSI(situation.prompt)
        session.bottom_toolbar = [("class:status", situation.bar)] if situation.bar else None
        session.default_buffer.document = Document(situation.text, situation.cursor)
        session.default_buffer.suggestion = (
            Suggestion(situation.suggestion) if situation.suggestion else None
        )
        app.future = asyncio.get_running_loop().create_future()
        if is_done:
            app.future.set_result("")
        app.render_counter += 1
        with set_app(app):
            app.renderer.render(app, app.layout)
        self.quick_rows += bool(self.row._row)

    def cells(self):
        """Return the cursor, and the characters of all rows with their looks."""
        screen = self.session.app.renderer.last_rendered_screen
        style = STYLE
        rows = [
            [
                (cell.char, style.get_attrs_for_style_str(cell.style))
                for cell in (screen.data_buffer[y][x] for x in range(self.columns))
            ]
            for y in range(screen.height)
        ]
        return screen.get_cursor_position(self.session.layout.current_window), rows


def _situation(text, *, cursor=None, prompt=">> ", bar="status 0 · ~/lab", suggestion="", after=""):
    place = len(text) if cursor is None else cursor
    return SimpleNamespace(
        text=text, cursor=place, prompt=prompt, bar=bar, suggestion=suggestion, after=after
    )


SITUATIONS = [
    *(_situation("ls -l | wc > 'a b'"[:size]) for size in range(19)),
    _situation("ls", suggestion=" -l /tmp"),
    _situation("ls", cursor=1, suggestion=" -l /tmp"),
    _situation("echo $HOME # end", cursor=3),
    _situation("sleep 100", after="^C"),
    _situation("", prompt="\x1b[32mme\x1b[0m$ "),
    _situation("ls", prompt=""),
    _situation("ls", prompt="above\n>> "),
    _situation("for i in 1\ndo"),
    _situation("echo é ü"),
    _situation("echo 漢字"),
    _situation("echo \x01"),
    _situation("ls", bar=""),
    _situation("ls", bar="漢字"),
    _situation("ls", bar="status 1 · " + "d/" * 60),
    _situation("x" * 33),
    _situation("x" * 36),
    _situation("x" * 37),
    _situation("x" * 90),
    _situation("", bar="status 127: not found · ~"),
    _situation("nosuch && ls", cursor=0),
]


@pytest.mark.usual("40")
@pytest.mark.long("each width draws many screens")
@pytest.mark.parametrize("columns", [20, 40, 80])
def test_the_quick_drawing_draws_the_same_cells_as_the_library(columns):
    expected, quick = _Screen(columns, is_quick=False), _Screen(columns, is_quick=True)
    for situation in SITUATIONS:
        for is_done in (False, True) if situation.after else (False,):
            for screen in (expected, quick):
                asyncio.run(screen.draw(situation, is_done=is_done))
            assert quick.cells() == expected.cells(), vars(situation)
    assert quick.quick_rows > len(SITUATIONS) // 2
