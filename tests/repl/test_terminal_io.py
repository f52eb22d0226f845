"""The prompt starts at column 0; a mark says that the output before had no final newline."""

from __future__ import annotations

import pyte

from simpsh.repl.terminal_io import to_column_zero, wiped


def _after(text, columns=20):
    screen = pyte.Screen(columns, 5)
    stream = pyte.Stream(screen)
    stream.feed(text)
    lines = [line.rstrip() for line in screen.display]
    return "\n".join(lines).rstrip(), (screen.cursor.y, screen.cursor.x)


def test_at_column_zero_nothing_is_left_of_the_mark():
    assert _after("out\r\n" + to_column_zero(20)) == ("out", (1, 0))


def test_elsewhere_the_mark_stays_and_the_next_line_begins():
    assert _after("out" + to_column_zero(20)) == ("out⏎", (1, 0))
    assert _after("x" * 19 + to_column_zero(20)) == ("x" * 19 + "⏎", (1, 0))


def test_behind_a_full_line_the_next_one_begins():
    assert _after("x" * 20 + to_column_zero(20)) == ("x" * 20, (1, 0))


def test_the_echo_of_keys_is_not_marked():
    assert _after("echo" + to_column_zero(20, marks=False)) == ("echo", (1, 0))


def test_where_nothing_was_printed_the_line_is_wiped():
    assert _after("typed" + wiped()) == ("", (0, 0))
