"""Colours of the prompt and the editor's settings, from variables and options.

Colours carry no information that the text lacks; `NO_COLOR` turns them off.
"""

from __future__ import annotations

from collections.abc import Mapping

from prompt_toolkit import PromptSession
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import BaseStyle, Style

from simpsh.repl.plain_reader import Answer
from simpsh.shell.state import State

GREEN, BLUE, ORANGE, PURPLE, RED, GREY = (
    "#268a4e",
    "#2f7fc9",
    "#b3701a",
    "#a45fb8",
    "#d0503f",
    "#7d7d7d",
)
"""Each has a contrast of at least 4:1 with both black and white."""

TOKENS = {
    "name.function": f"bold {GREEN}",
    "name.builtin": f"bold {BLUE}",
    "name.variable": PURPLE,
    "name.constant": PURPLE,
    "keyword": f"bold {PURPLE}",
    "operator": "bold",
    "string": ORANGE,
    "literal.number": BLUE,
    "string.interpol": f"bold {PURPLE}",
    "string.regex": f"bold {ORANGE}",
    "string.delimiter": f"bold {ORANGE}",
    "comment": f"italic {GREY}",
    "error": f"underline {RED}",
}
"""Styles of Pygments' tokens, for light and dark backgrounds."""

SCREEN = {
    "prompt": "bold",
    "prompt-continuation": GREY,
    "aborted": GREY,
    "auto-suggestion": GREY,
    # No background colour: a coloured row of full width wraps when the screen narrows.
    "bottom-toolbar": "noreverse",
    "bottom-toolbar.text": "noreverse",
    "status": GREY,
    "completion-menu": "bg:#3a3a3a #e8e8e8",
    "completion-menu.completion": "",
    "completion-menu.completion.current": "reverse bold bg:#ffffff #2f6fa8",
    "completion-menu.meta.completion": "bg:#303030 #b8b8b8",
    "completion-menu.meta.completion.current": "reverse bg:#ffffff #2f6fa8",
    "scrollbar.background": "bg:#3a3a3a",
    "scrollbar.button": "bg:#8a8a8a",
}

WITHOUT_COLOURS = {
    "prompt-continuation": "dim",
    "aborted": "dim",
    "auto-suggestion": "dim",
    "status": "dim",
}
"""Styles that mark text other than input where grey is not available."""


_FEW_COLOURS = {
    GREEN: "ansigreen",
    BLUE: "ansicyan",
    ORANGE: "ansiyellow",
    PURPLE: "ansimagenta",
    RED: "ansired",
    GREY: "dim",
    "bg:#3a3a3a": "bg:ansigray",
    "bg:#303030": "bg:ansigray",
    "bg:#8a8a8a": "bg:ansiblack",
    "bg:#ffffff": "bg:ansiwhite",
    "#e8e8e8": "ansiblack",
    "#b8b8b8": "ansiblack",
    "#2f6fa8": "ansiblue",
}
"""The colours on a terminal with 8 or 16 colours; the nearest by RGB would be bright black."""


def prompt_style(depth: ColorDepth = ColorDepth.DEPTH_8_BIT) -> BaseStyle:
    """Return the style of the prompt, the menu and the tokens for a number of colours."""
    screen = SCREEN | WITHOUT_COLOURS if depth is ColorDepth.DEPTH_1_BIT else SCREEN
    rules = [*screen.items(), *((f"pygments.{name}", look) for name, look in TOKENS.items())]
    if depth is ColorDepth.DEPTH_4_BIT:
        rules = [
            (name, " ".join(_FEW_COLOURS.get(word, word) for word in look.split()))
            for name, look in rules
        ]
    return Style(rules)


def colour_depth(variables: Mapping[str, str]) -> ColorDepth:
    """Return the colour depth: monochrome under NO_COLOR (no-color.org), else chosen by TERM."""
    if variables.get("NO_COLOR"):
        return ColorDepth.DEPTH_1_BIT
    if variables.get("COLORTERM") in ("truecolor", "24bit"):
        return ColorDepth.DEPTH_24_BIT
    term = variables.get("TERM", "")
    if term.startswith("vt"):
        return ColorDepth.DEPTH_1_BIT
    return ColorDepth.DEPTH_8_BIT if "256color" in term else ColorDepth.DEPTH_4_BIT


def follow(state: State, session: PromptSession[Answer]) -> None:
    """Apply variables and options to the editor: NO_COLOR, `set -o vi`."""
    session.editing_mode = EditingMode.VI if state.options.vi else EditingMode.EMACS
    session.cursor = ModalCursorShapeConfig() if state.options.vi else None
    depth = colour_depth(state.variables)
    if session.style is None or session.color_depth is not depth:
        session.color_depth = depth
        session.style = prompt_style(depth)
