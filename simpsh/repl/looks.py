"""How the prompt looks and which keys it has, as variables and options say before each line."""

from __future__ import annotations

from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.output import ColorDepth

from simpsh.repl import colours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

    from simpsh.repl.answers import Answer
    from simpsh.state import State


class Looks:
    """Colours by SIMPSH_STYLE and NO_COLOR, keys by `set -o vi`."""

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
        session.color_depth = depth = colours.colour_depth(state.variables)
        name, is_coloured = chosen = (
            state.variables.get("SIMPSH_STYLE", ""),
            depth is not ColorDepth.DEPTH_1_BIT,
        )
        if chosen == self._chosen:
            return []
        self._chosen = chosen
        try:
            session.style = colours.style(name, is_coloured=is_coloured)
        except colours.UnknownStyle:
            session.style = colours.style("", is_coloured=is_coloured)
            return [f"simpsh: SIMPSH_STYLE: no Pygments style is called {name!r}"]
        return []
