"""Complete commands one at a time: no line is read before it is needed, and none is lost."""

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.parser import Parser, parse
from simpsh.shell.language.tree_printing import to_text


class Feed:
    """Gives lines; one that is an exception is raised."""

    def __init__(self, *lines):
        self.waiting = list(lines)

    def __call__(self):
        line = self.waiting.pop(0) if self.waiting else None
        if line is KeyboardInterrupt:
            raise KeyboardInterrupt
        return line


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (["a\n", "b\n"], ["b\n"]),
        (["a; b &\n", "c\n"], ["c\n"]),
        (["# c\n", "\n", "a\n", "b\n"], ["b\n"]),
        (["a |\n", "b\n", "c\n"], ["c\n"]),
        (["(a\n", ")\n", "c\n"], ["c\n"]),
        (["a 'b\n", "c'\n", "d\n"], ["d\n"]),
        (["a \\\n", "b\n", "c\n"], ["c\n"]),
        (["a <<E\n", "b\n", "E\n", "c\n"], ["c\n"]),
        (["a <<E; b <<F\n", "E\n", "F\n", "c\n"], ["c\n"]),
        (["a $(b\n", ")\n", "c\n"], ["c\n"]),
        (["a `b\n", "`\n", "c\n"], ["c\n"]),
        (["a # $(\n", "b\n"], ["b\n"]),
        (["if a\n", "then b\n", "fi\n", "c\n"], ["c\n"]),
    ],
)
def test_no_line_is_read_beyond_the_command(given, left):
    feed = Feed(*given)
    assert Parser(feed).next_command() is not None
    assert feed.waiting == left


def test_commands_come_one_after_the_other_with_their_lines_and_then_none():
    parser = Parser(Feed("a; b\n", "\n", "b 'c\n", "d'\n", "c"), first_line=7)
    first, second, third = (parser.next_command() for _ in range(3))
    assert list(map(to_text, (first, second, third))) == ["a; b", "b 'c\nd'", "c"]
    lines = [each.items[0].and_or.first.commands[0].line for each in (first, second, third)]
    assert (lines, parser.line) == ([7, 9, 11], 12)
    assert (parser.next_command(), parser.next_command()) == (None, None)


@pytest.mark.parametrize(
    ("given", "error", "left"),
    [
        # The rest of the line is dropped, also inside brackets, and nothing of it remains.
        (["a ) <<E 'b; c\n", "b\n"], SyntaxMistake, ["b"]),
        (["{ (a | | b\n", "b\n", "c\n"], SyntaxMistake, ["b", "c"]),
        (["x <<E > $(\n", ";\n", "a\n"], SyntaxMistake, ["a"]),
        (["x <<E; (a |\n", KeyboardInterrupt, "b\n"], KeyboardInterrupt, ["b"]),
    ],
)
def test_after_a_mistake_or_an_interrupt_the_next_line_begins_anew(given, error, left):
    parser = Parser(Feed(*given))
    with pytest.raises(error):
        parser.next_command()
    assert [to_text(parser.next_command()) for _ in left] == left


@pytest.mark.parametrize(
    ("text", "flags", "first"),
    [
        # Negated, timed, timed as POSIX has it; dash knows no `time`.
        ("! a | b", (True, False, False), "a"),
        ("time a | b", (False, True, False), "a"),
        ("time -p a", (False, True, True), "a"),
        ("! time a", (True, True, False), "a"),
        ("time ! a", (True, True, False), "a"),
        ("time", (False, True, False), None),
        ("! time", (True, True, False), None),
        ("time -p -p", (False, True, True), "-p"),
        ("-p", (False, False, False), "-p"),
        ("a | time b", (False, False, False), "a"),
    ],
)
def test_a_pipeline_may_be_negated_and_timed(text, flags, first):
    pipeline = parse(text).items[0].and_or.first
    assert (pipeline.is_negated, pipeline.is_timed, pipeline.has_posix_times) == flags
    assert [to_text(each) for each in pipeline.commands][:1] == ([] if first is None else [first])
