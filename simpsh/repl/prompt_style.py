"""The colours of the prompt, and how they and the keys follow variables and options.

A Pygments style that the user may choose, or our own. Colour repeats what the text says and never
says anything alone; `NO_COLOR` turns it off.
"""

from __future__ import annotations

from collections.abc import Mapping

from prompt_toolkit import PromptSession
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import BaseStyle, Style, merge_styles, style_from_pygments_cls

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
"""Each has a contrast of at least 4 : 1 both to black and to white."""

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
"""Our own style: what Pygments calls a token, and how it looks on light and dark alike."""

SCREEN = {
    "prompt": "bold",
    "prompt-continuation": GREY,
    "aborted": GREY,
    "auto-suggestion": GREY,
    "bottom-toolbar": f"noreverse {GREY}",
    "bottom-toolbar.text": f"noreverse {GREY}",
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
    "bottom-toolbar": "noreverse dim",
    "bottom-toolbar.text": "noreverse dim",
}
"""What sets apart what was not typed, where grey cannot."""


def style_named(name: str, *, is_coloured: bool = True) -> BaseStyle:
    """Return the style: our own if `name` is empty, else the Pygments style of that name.

    Raises:
        ValueError: there is none, neither built in nor installed.
    """
    screen = Style(list((SCREEN if is_coloured else SCREEN | WITHOUT_COLOURS).items()))
    if not name:
        tokens = {f"pygments.{token}": look for token, look in TOKENS.items()}
        return merge_styles([screen, Style(list(tokens.items()))])
    # Only who chooses a style pays for finding it.
    from pygments.styles import get_style_by_name

    return merge_styles([screen, style_from_pygments_cls(get_style_by_name(name))])


def colour_depth(variables: Mapping[str, str]) -> ColorDepth:
    """Return how many colours to use: none under NO_COLOR (no-color.org), else what TERM can."""
    if variables.get("NO_COLOR"):
        return ColorDepth.DEPTH_1_BIT
    if variables.get("COLORTERM") in ("truecolor", "24bit"):
        return ColorDepth.DEPTH_24_BIT
    term = variables.get("TERM", "")
    if term.startswith("vt"):
        return ColorDepth.DEPTH_1_BIT
    return ColorDepth.DEPTH_8_BIT if "256color" in term else ColorDepth.DEPTH_4_BIT


class PromptLook:
    """How the prompt looks and which keys it has: SIMPSH_STYLE, NO_COLOR, `set -o vi`."""

    def __init__(self) -> None:
        self._chosen: tuple[str, bool] | None = None
        """The style in use, and whether colours are shown: a style is slow to make."""

    def follow(self, state: State, session: PromptSession[Answer]) -> list[str]:
        """Set the editor up as the variables and options are now.

        Returns:
            What the user must be told: that a style does not exist.
        """
        session.editing_mode = EditingMode.VI if state.options.vi else EditingMode.EMACS
        session.cursor = ModalCursorShapeConfig() if state.options.vi else None
        session.color_depth = depth = colour_depth(state.variables)
        name, is_coloured = chosen = (
            state.variables.get("SIMPSH_STYLE", ""),
            depth is not ColorDepth.DEPTH_1_BIT,
        )
        if chosen == self._chosen:
            return []
        self._chosen = chosen
        try:
            session.style = style_named(name, is_coloured=is_coloured)
        except ValueError:
            session.style = style_named("", is_coloured=is_coloured)
            return [f"simpsh: SIMPSH_STYLE: no Pygments style is called {name!r}"]
        return []
