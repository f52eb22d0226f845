"""Colours: readable on light and dark, off under NO_COLOR."""

from prompt_toolkit.output import ColorDepth

from simpsh.highlight.token_names import BUILTIN, NAMES
from simpsh.repl.command_names import KnownCommands
from simpsh.repl.line_editor import painted
from simpsh.repl.prompt_style import TOKENS, colour_depth, prompt_style
from simpsh.shell.language.parser import parse
from simpsh.shell.state import State
from tests.view.test_page import contrast


def test_every_kind_of_token_is_readable_on_black_and_on_white():
    for colour in {word for look in TOKENS.values() for word in look.split() if word[0] == "#"}:
        assert contrast(colour, "#000000") >= 4, colour
        assert contrast(colour, "#ffffff") >= 4, colour
    for name in {*NAMES.values(), BUILTIN} - {""}:
        look = prompt_style().get_attrs_for_style_str(f"class:pygments.{name.lower()}")
        assert look.color or look.bold, name


def test_a_terminal_of_few_colours_draws_no_token_in_black_or_grey():
    for name in TOKENS:
        look = prompt_style(ColorDepth.DEPTH_4_BIT).get_attrs_for_style_str(
            f"class:pygments.{name}"
        )
        assert not look.color or look.color.startswith("ansi"), name
        assert look.color not in ("ansiblack", "ansibrightblack", "ansigray", "ansiwhite"), name


def test_the_number_of_colours_follows_the_terminal_and_no_color():
    for variables, depth in (
        ({"TERM": "xterm-256color"}, ColorDepth.DEPTH_8_BIT),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, ColorDepth.DEPTH_24_BIT),
        ({"TERM": "linux"}, ColorDepth.DEPTH_4_BIT),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, ColorDepth.DEPTH_1_BIT),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, ColorDepth.DEPTH_8_BIT),
    ):
        assert colour_depth(variables) is depth, variables


def test_a_line_is_painted_by_the_shells_own_tokens():
    assert painted("cd 'a\nb' x") == [
        [("class:pygments.name.builtin", "cd"), ("", " "), ("class:pygments.string.single", "'a")],
        [("class:pygments.string.single", "b'"), ("", " "), ("", "x")],
    ]
    # A quote that is still being typed is not an error; a left-out construct is.
    assert painted('echo "a b')[0][-1] == ("class:pygments.string", '"a b')
    assert painted("select")[0] == [("class:pygments.error", "select")]


def test_an_unknown_command_is_coloured_as_a_mistake(tmp_path):
    state = State({"PATH": "/usr/bin", "HOME": "/"})
    state.functions["own"] = parse("{ :; }").items[0].first.commands[0]
    state.aliases["ll"] = "ls -l"
    commands = KnownCommands(state, [":hint"])
    (tmp_path / "plain").touch()
    error, known = "class:pygments.error", "class:pygments.name.function"

    def looks(text):
        return {value: look for look, value in painted(text, commands)[0]}

    for text, unknown in (
        ("gerp x | grep y", "gerp"),
        ("x=1 gerp", "gerp"),
        ("echo $(gerp)", "gerp"),
        ("trace gerp", "gerp"),
        ("if gre; then", "gre"),
        ("gre", "gre"),
        ("./nosuch", "./nosuch"),
        (f"{tmp_path}/plain x", f"{tmp_path}/plain"),
        ("f() { gerp; }; f", "gerp"),
    ):
        assert [word for word, look in looks(text).items() if look == error] == [unknown], text
    for text in ("own", "ll", ":hint", "/usr/bin/env x", "f() { f; }; f", '$x; g"rep"; ~/gerp x'):
        assert error not in looks(text).values(), text
    assert looks("env")["env"] == known
    assert prompt_style(ColorDepth.DEPTH_1_BIT).get_attrs_for_style_str(error).underline
    # New commands are known at the next prompt.
    (tmp_path / "plain").chmod(0o755)
    commands.begin_prompt()
    assert looks(f"{tmp_path}/plain x")[f"{tmp_path}/plain"] == known
