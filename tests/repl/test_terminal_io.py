"""The prompt starts at column 0; a mark says that the output before had no final newline."""

from __future__ import annotations

import pyte

from simpsh.repl.terminal_io import to_column_zero


def _after(text, columns=20):
    screen = pyte.Screen(columns, 5)
    stream = pyte.Stream(screen)
    stream.feed(text)
    lines = [line.rstrip() for line in screen.display]
    return "\n".join(lines).rstrip(), (screen.cursor.y, screen.cursor.x)


def test_the_prompt_begins_at_column_zero_and_an_unfinished_line_is_marked():
    for text, shown in (
        ("out\r\n", "out"),
        ("out", "out⏎"),
        ("x" * 19, "x" * 19 + "⏎"),
        ("x" * 20, "x" * 20),
    ):
        assert _after(text + to_column_zero(20)) == (shown, (1, 0))
    # The echo of keys is not marked.
    assert _after("echo" + to_column_zero(20, marks=False)) == ("echo", (1, 0))
