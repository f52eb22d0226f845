"""The lines of a script, which a parser may read again."""

from simpsh.shell.language.input_source import InputSource, line_reader


def test_lines_are_read_again_after_nested_checkpoints():
    source = InputSource(line_reader("a\nb\nc\nd\n"))
    outer = source.checkpoint()
    assert [source.pull(), source.pull(), source.pull()] == ["a\n", "b\n", "c\n"]
    source.rewind(outer)
    # Of three lines ahead one is read, returned and read again.
    inner = source.checkpoint()
    assert (source.pull(), source.line) == ("a\n", 2)
    source.rewind(inner)
    assert source.line == 1
    assert [source.pull() for _ in range(5)] == ["a\n", "b\n", "c\n", "d\n", None]
