"""Long and deeply nested input: linear time, and a message instead of a crash."""

import inspect
import sys
import time

import pytest

from simpsh.base.errors import IncompleteInput, SyntaxMistake
from simpsh.shell.language.grammar import parse
from simpsh.shell.language.surface import tokens
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.language.words import MAX_DEPTH

CALLS_BEFORE = 150
"""The number of calls on the stack when a shell reads or prints."""

FORMS = {
    "subshells": ("(", ")"),
    "substitutions": ("a $(", ")"),
    "substitutions in assignments": ("x=$(", ")"),
    "quoted substitutions": ('a "$(', ')"'),
    "pipelines": ("a | (", ")"),
    "lists": ("a && ! time { ", "; }"),
    "conditions": ("if ", "; then c; fi"),
    "branches": ("if a; then b; elif c; then ", "; fi"),
    "loops": ("while a; do ", "; done"),
    "conditions of loops": ("until ", "; do a; done"),
    "loops over words": ("for x in $(", "); do a; done"),
    "case": ("case x in a) ", ";; esac"),
    "patterns of case": ("case x in $(", ")) ;; esac"),
    "functions": ("f() { ", "; }"),
    "functions in pipelines": ("a | f() if ", "; then b; fi"),
}


def nested(form, levels):
    opening, closing = FORMS[form]
    return opening * levels + "b" + closing * levels


def levels_in(form):
    """Return how many times the form can be nested."""
    opening = FORMS[form][0]
    more = ('"', "()", "|", "&&", "for x in $(", "case $(", "case x in $(")
    return MAX_DEPTH // (1 + sum(sign in opening for sign in more))


def deep_in_calls(function):
    """Call the function with CALLS_BEFORE frames below it on the stack."""
    frame, calls = inspect.currentframe(), 0
    while frame is not None:
        frame, calls = frame.f_back, calls + 1

    def call(left):
        return function() if left <= 0 else call(left - 1)

    return call(CALLS_BEFORE - calls)


@pytest.fixture(autouse=True)
def the_usual_recursion_limit():
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("form", FORMS)
def test_nesting_up_to_the_limit_is_read(form):
    text = nested(form, levels_in(form))
    assert deep_in_calls(lambda: to_text(parse(text))) == text
    assert deep_in_calls(lambda: tokens(text))


@pytest.mark.usual(
    "1-subshells",
    "10000-subshells",
    "10000-substitutions",
    "10000-pipelines",
    "10000-conditions",
    "10000-loops",
    "10000-case",
)
@pytest.mark.long("each construct, nested deeply")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("more", [1, 10_000])
def test_nesting_beyond_the_limit_is_a_mistake(form, more):
    text = nested(form, levels_in(form) + more)
    with pytest.raises(SyntaxMistake) as caught:
        deep_in_calls(lambda: parse(text))
    assert caught.value.message == f"nested too deeply: {MAX_DEPTH} levels are the limit"
    assert deep_in_calls(lambda: tokens(text))


def documents(levels):
    text = "b\n"
    for level in range(levels):
        text = f"a <<E{level}\n$({text})\nE{level}\n"
    return text


def test_documents_in_documents_count_as_levels():
    assert deep_in_calls(lambda: parse(documents(MAX_DEPTH // 2)))
    for levels in (MAX_DEPTH // 2 + 1, 500):
        with pytest.raises(SyntaxMistake, match="nested too deeply"):
            parse(documents(levels))


def test_adjacent_constructs_do_not_count_as_nested():
    assert len(parse("(a);" * 500).items) == 500
    assert len(parse("{ a; };" * 500).items) == 500
    assert len(parse('"$(a)"`b`' * 500).items[0].first.commands[0].words[0].parts) == 1000


LONG = {
    "a here-document of 10 MB": "cat <<E\n" + ("x" * 49 + "\n") * 200_000 + "E\n",
    "a here-document of joined lines": "cat <<E\n" + "aaaaa\\\n" * 100_000 + "\nE\n",
    "a here-document without expansion": "cat <<'E'\n" + ("$" * 49 + "\n") * 200_000 + "E\n",
    "50,000 words": "echo" + " word" * 50_000,
    "a quoted word of 1 MB": "echo '" + "word " * 200_000 + "'",
    "a double-quoted word of 200,000 lines": 'echo "' + "word\n" * 200_000 + '"',
    "a word of 100,000 lines": "echo " + "a\\\n" * 100_000,
    "a name of 100,000 lines": "echo $" + "a\\\n" * 100_000,
    "an operator of 100,000 lines": "echo >" + "\\\n" * 100_000 + "f",
    "10,000 commands on a line": "a;" * 10_000,
    "10,000 lines": "a b\n" * 10_000,
    "a comment of 1 MB": "#" + "x" * 1_000_000,
    "backquotes of 180 kB": "echo `" + "a \\$x " * 30_000 + "`",
}


@pytest.mark.parametrize("what", LONG)
def test_long_input_takes_time_in_proportion(what):
    # A quadratic algorithm takes minutes on these texts; a loaded machine takes seconds.
    before = time.monotonic()
    parse(LONG[what])
    assert time.monotonic() - before < 60


def test_a_long_open_quote_is_reported_without_delay():
    before = time.monotonic()
    with pytest.raises(IncompleteInput):
        parse("echo '" + "a\n" * 200_000)
    assert time.monotonic() - before < 60


def test_parsing_and_expanding_a_plain_command_loads_no_slow_module():
    import subprocess

    program = (
        "import sys; before = set(sys.modules)\n"
        "from simpsh.shell.language.word_expansion import fields\n"
        "from simpsh.shell.language.grammar import parse\n"
        "fields(parse('/bin/true a').items[0].first.commands[0].words, None)\n"
        "print(' '.join(sorted(set(sys.modules) - before)))"
    )
    run = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    found = run.stdout.split()
    foreign = {name for name in found if not name.startswith("simpsh")}
    # Python 3.14 no longer loads io, which is frozen into the interpreter, at its start.
    assert foreign <= {"__future__", "errno", "io", "abc", "_abc", "_collections_abc"}
    lazily = ("complaints", "bash_forms", "glob_pattern", "surface", "ordinary_words")
    assert not {f"simpsh.shell.language.{name}" for name in lazily} & set(found)
