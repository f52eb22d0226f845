"""Reading complete commands one at a time: line numbers, and no command lost after an error."""

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.parser import Parser
from simpsh.shell.language.tree_printing import to_text


class Feed:
    """Returns lines; raises a line that is an exception."""

    def __init__(self, *lines):
        self.waiting = list(lines)

    def __call__(self):
        line = self.waiting.pop(0) if self.waiting else None
        if line is KeyboardInterrupt:
            raise KeyboardInterrupt
        return line


def test_commands_are_read_one_by_one_with_their_lines_and_then_none():
    parser = Parser(Feed("a; b\n", "\n", "b 'c\n", "d'\n", "c"), first_line=7)
    first, second, third = (parser.next_command() for _ in range(3))
    assert list(map(to_text, (first, second, third))) == ["a; b", "b 'c\nd'", "c"]
    lines = [each.items[0].first.commands[0].line for each in (first, second, third)]
    assert (lines, parser.line) == ([7, 9, 11], 12)
    assert (parser.next_command(), parser.next_command()) == (None, None)


@pytest.mark.parametrize(
    ("given", "error", "left"),
    [
        # The rest of the line is dropped, even inside brackets, without a trace.
        (["a ) <<E 'b; c\n", "b\n"], SyntaxMistake, ["b"]),
        (["{ (a | | b\n", "b\n", "c\n"], SyntaxMistake, ["b", "c"]),
        (["x <<E > $(\n", ";\n", "a\n"], SyntaxMistake, ["a"]),
        (["x <<E; (a |\n", KeyboardInterrupt, "b\n"], KeyboardInterrupt, ["b"]),
    ],
)
def test_after_a_mistake_or_an_interrupt_the_next_line_begins_a_command(given, error, left):
    parser = Parser(Feed(*given))
    with pytest.raises(error):
        parser.next_command()
    assert [to_text(parser.next_command()) for _ in left] == left
