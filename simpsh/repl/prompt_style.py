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
from simpsh.shell.state import State

GREEN, BLUE, ORANGE, PURPLE = "ansigreen", "ansicyan", "ansiyellow", "ansimagenta"
RED, GREY = "ansired", "dim"

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

STYLE = Style([*_SCREEN.items(), *((f"pygments.{name}", look) for name, look in TOKENS.items())])
"""The style of the prompt, the menu and the tokens."""


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
