"""The ordinary arguments of long scripts: they become the same tree as in a short script."""

import random

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.grammar import Parser
from simpsh.shell.language.words import LONG, line_reader

AHEAD = f"#{LONG * 'x'}\n"
"""A comment that makes the script long enough for the pattern of its arguments."""

TEXTS = (
    "a", "a b", "#a", "a#b", "\\a", "a\\ b", "'a b'", '"a b"', "''", '""', "a'b'\"c\"\\d", "~",
    "a~b", "$a", "$a$b", "$1", "$12", "$$a", "$#", "$-", "$", "a$", '"$"', "${a}", "${12}", "${#a}",
    "${#}", "${#-}", "${#-x}", "${a-b}", "${a:-$b c}", "${a#*/}", "${a##}", "${a%'}'}", '"${a-b}"',
    "${a:0:1}", "${a-~}", "${a^}", "${a", '"a', "'a", "`a`", "$(a b)", '"$(a)"', "$((1+1))",
    "$((a++))", "$((a)", "$(( (1) ))", "$'a'", '$"a"', "{a,b}", "{", "}", "!", "if", "fi", "then",
    "in", "esac", "time", "-p", "a=b", "a=$b", "a='b c'", "a=~/b", "a=(b)", "1=b", "export",
    "local", "command", "alias", "[", "==", ">a", ">>a", "<a", "2>a", "2>&1", ">&-", ">|a", "<>a",
    "&>a", "<<<a", ">", "2", "<(a)", "{a}>b", ";", ";;", ";&", "&", "&&", "||", "|", "|&", "(", ")",
    "()", "\n", "\\\n", "$a\\\nb", '"$a\\\nb"', "a()", "select", "function", "[[", "((", "case",
    "do", "done", "for", "while", "\0", "\r", "é",
)  # fmt: skip


def parsed(text, ahead=""):
    """Return the trees of a text with their line numbers, or its error."""
    before = ahead.count("\n")
    parser = Parser(line_reader(ahead + text), first_line=1 - before)
    found = []
    while True:
        try:
            command = parser.next_command()
        except SyntaxMistake as mistake:
            found.append((mistake.message, mistake.line, mistake.column, mistake.width))
            continue
        if command is None:
            return found, parser.warnings
        found.append(command)
        found.append(lines_of(command))


def lines_of(node):
    """Return the lines of all commands of a tree, in order."""
    if isinstance(node, tuple):
        return [line for part in node for line in lines_of(part)]
    if not hasattr(type(node), "_fields"):
        return []
    own = [node.line] if hasattr(node, "line") else []
    return own + [line for name in type(node)._fields for line in lines_of(getattr(node, name))]


def test_the_pattern_is_used_in_a_long_script_only():
    short, long = (Parser(line_reader(ahead + "x\n")) for ahead in (AHEAD[3:], AHEAD))
    found = [(parser.next_command() is None, parser.ordinary is None) for parser in (short, long)]
    assert found == [(False, True), (False, False)]


@pytest.mark.parametrize(
    "form", ["{}", "{}\n", "x {}\n", "x {} y >z {}; w\n", "x={} {}\n", "{}{}\n"]
)
def test_a_word_is_the_same_in_a_long_script(form):
    for text in TEXTS:
        line = form.replace("{}", text)
        assert parsed(line, AHEAD) == parsed(line)
        assert parsed(line + line, AHEAD) == parsed(line + line), "remembered"


@pytest.mark.usual(*map(str, range(10)))
@pytest.mark.long("four hundred drawn lines")
@pytest.mark.parametrize("seed", range(400))
def test_drawn_lines_are_the_same_in_a_long_script(seed):
    draw = random.Random(seed)
    for _ in range(30):
        words = draw.choices(TEXTS, k=draw.randrange(1, 12))
        line = "".join(word + draw.choice(("", " ", " ", " ", "\t", "\n")) for word in words)
        assert parsed(line, AHEAD) == parsed(line)
