"""Colours of the prompt and the editor's settings, from variables and options.

Colours are those of the terminal's own palette, which its user has chosen. They carry no
information that the text lacks; `NO_COLOR` turns them off.
"""

from __future__ import annotations

from collections.abc import Mapping

from prompt_toolkit import PromptSession
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from simpsh.repl.plain_reader import Answer
from simpsh.shell.language import surface
from simpsh.shell.state import State

GREEN, BLUE, ORANGE, PURPLE = "ansigreen", "ansicyan", "ansiyellow", "ansimagenta"
RED, GREY = "ansired", "dim"

BUILTIN = "builtin"
"""The kind of a command that is built in, which the scanner does not know."""
TOKENS = {
    surface.COMMAND: f"bold {GREEN}",
    BUILTIN: f"bold {BLUE}",
    surface.WORD: "",
    surface.OPERATOR: "bold",
    surface.RESERVED: f"bold {PURPLE}",
    surface.REDIRECT: "bold",
    surface.SINGLE_QUOTED: ORANGE,
    surface.DOUBLE_QUOTED: ORANGE,
    surface.PARAMETER: PURPLE,
    surface.SUBSTITUTION: f"bold {PURPLE}",
    surface.COMMENT: f"italic {GREY}",
    surface.ERROR: f"underline {RED}",
}
"""The style of each kind of token, for light and dark backgrounds."""

_SCREEN = {
    "prompt": "bold",
    "prompt-continuation": GREY,
    "aborted": GREY,
    "auto-suggestion": f"ansidefault {GREY}",
    # No background colour: a coloured row of full width wraps when the screen narrows.
    "bottom-toolbar": "noreverse",
    "bottom-toolbar.text": "noreverse",
    "status": GREY,
    "completion-menu": "bg:ansigray ansiblack",
    "completion-menu.completion": "",
    "completion-menu.completion.current": "reverse bold bg:ansiwhite ansiblue",
    "completion-menu.meta.completion": "bg:ansigray ansiblack",
    "completion-menu.meta.completion.current": "reverse bg:ansiwhite ansiblue",
    "scrollbar.background": "bg:ansigray",
    "scrollbar.button": "bg:ansiblack",
}

STYLE = Style([*_SCREEN.items()])
"""The style of the prompt and the menu."""


def colour_depth(variables: Mapping[str, str]) -> ColorDepth:
    """Return the colour depth: monochrome under NO_COLOR (no-color.org) and on a VT100."""
    is_plain = variables.get("NO_COLOR") or variables.get("TERM", "").startswith("vt")
    return ColorDepth.DEPTH_1_BIT if is_plain else ColorDepth.DEPTH_4_BIT


def follow(state: State, session: PromptSession[Answer]) -> None:
    """Apply variables and options to the editor: NO_COLOR, `set -o vi`."""
    session.editing_mode = EditingMode.VI if state.options.vi else EditingMode.EMACS
    session.cursor = ModalCursorShapeConfig() if state.options.vi else None
    depth = colour_depth(state.variables)
    if session.color_depth is not depth:
        session.color_depth = depth
