"""The editor of a student: `$VISUAL`, `$EDITOR`, or what is installed."""

from __future__ import annotations

import os
from collections.abc import Mapping

from simpsh.base.record import Record
from simpsh.kernel.program_execution import file_to_execute

_INSTALLED = (
    *("nano", "editor", "vim", "vi", "nvim", "micro", "emacs", "joe", "mcedit", "mg"),
    *("sensible-editor", "ed"),
)
"""The easiest first. `editor` is the choice of Debian's update-alternatives."""
_LEAVING_VI = "To leave vi: Esc, then :wq and Enter; or :q! and Enter, which drops the changes."
_LEAVING = {
    "ed": "To leave ed: w and Enter, then q and Enter.",
    "emacs": "To leave emacs: ^X ^S, then ^X ^C.",
    **dict.fromkeys(("vi", "vim", "nvim", "nvi", "elvis"), _LEAVING_VI),
}


class TextEditor(Record):
    """An editor."""

    command: str
    """Its command line for sh(1), without the file."""
    file: str = ""
    """The file of its program; empty if there is none."""

    @property
    def leaving(self) -> str:
        """How to leave the editor, as a sentence, if its keys are easy to forget; else empty."""
        # A link may lead to it: /usr/bin/editor, /etc/alternatives/editor, /usr/bin/vim.basic.
        files = self.file, os.path.realpath(self.file)
        names = [os.path.basename(file).partition(".")[0] for file in files]
        return next((_LEAVING[name] for name in names if name in _LEAVING), "")


def chosen_editor(environment: Mapping[str, str]) -> TextEditor | None:
    """Return the editor that a variable names, else the first one that is installed."""
    for variable in ("VISUAL", "EDITOR"):
        if command := environment.get(variable, "").strip():
            program = command.split()[0]
            return TextEditor(command, file_to_execute(program, environment))
    for name in _INSTALLED:
        if file := file_to_execute(name, environment):
            return TextEditor(name, file)
    return None
