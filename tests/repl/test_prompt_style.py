"""Colours: readable on light and dark, chosen by the user, off under NO_COLOR."""

from __future__ import annotations

import pytest
from prompt_toolkit.output import ColorDepth

from simpsh.highlight.token_names import BUILTIN, NAMES
from simpsh.repl import prompt_style
from simpsh.repl.line_editor import painted


def _luminance(colour):
    """Relative luminance as WCAG 2.1 defines it, 0 for black to 1 for white."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    "colour",
    [
        prompt_style.GREEN,
        prompt_style.BLUE,
        prompt_style.ORANGE,
        prompt_style.PURPLE,
        prompt_style.RED,
        prompt_style.GREY,
    ],
)
def test_every_colour_is_readable_on_black_and_on_white(colour):
    luminance = _luminance(colour)
    assert (luminance + 0.05) / 0.05 >= 4
    assert 1.05 / (luminance + 0.05) >= 4


@pytest.mark.parametrize("name", sorted({*NAMES.values(), BUILTIN} - {""}))
def test_every_kind_of_token_has_a_look_in_our_style(name):
    attributes = prompt_style.style_named("").get_attrs_for_style_str(
        f"class:pygments.{name.lower()}"
    )
    assert attributes.color or attributes.bold


def test_a_pygments_style_can_be_chosen():
    attributes = prompt_style.style_named("monokai").get_attrs_for_style_str(
        "class:pygments.operator"
    )
    assert attributes.color == "ff4689"


def test_a_style_that_does_not_exist_is_refused():
    with pytest.raises(prompt_style.UnknownStyle):
        prompt_style.style_named("nosuch")


@pytest.mark.parametrize(
    ("variables", "depth"),
    [
        ({"TERM": "xterm-256color"}, ColorDepth.DEPTH_8_BIT),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, ColorDepth.DEPTH_24_BIT),
        ({"TERM": "linux"}, ColorDepth.DEPTH_4_BIT),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, ColorDepth.DEPTH_1_BIT),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, ColorDepth.DEPTH_8_BIT),
    ],
)
def test_the_number_of_colours_follows_the_terminal_and_no_color(variables, depth):
    assert prompt_style.colour_depth(variables) is depth


def test_a_line_is_painted_by_the_shells_own_tokens():
    assert painted("cd 'a\nb' x") == [
        [
            ("class:pygments.name.builtin", "cd"),
            ("", " "),
            ("class:pygments.string.single", "'a"),
        ],
        [("class:pygments.string.single", "b'"), ("", " "), ("", "x")],
    ]


def test_a_quote_that_is_still_being_typed_is_no_error():
    assert painted('echo "a b')[0][-1] == ("class:pygments.string", '"a b')


def test_a_construct_that_is_left_out_is_an_error():
    assert painted("[[")[0] == [("class:pygments.error", "[[")]
