"""The editor of a student: `$VISUAL`, `$EDITOR`, or what is installed."""

from __future__ import annotations

import os
from collections.abc import Mapping

from simpsh.kernel.program_execution import file_to_execute

_INSTALLED = (
    *("nano", "editor", "vim", "vi", "nvim", "micro", "emacs", "joe", "mcedit", "mg"),
    *("sensible-editor", "ed"),
)
"""The easiest first. `editor` is the choice of Debian's update-alternatives."""
_VI = frozenset(("vi", "vim", "nvim", "nvi", "elvis"))


def chosen_editor(environment: Mapping[str, str]) -> str:
    """Return a command for sh(1): a variable's, else the first that is installed, else none."""
    named = (environment.get(name, "").strip() for name in ("VISUAL", "EDITOR"))
    installed = (name for name in _INSTALLED if file_to_execute(name, environment))
    return next(filter(None, named), "") or next(installed, "")


def is_vi(command: str, environment: Mapping[str, str]) -> bool:
    """Return whether an editor is vi, also under another name, such as `editor`."""
    file = file_to_execute(command.split()[0], environment)
    # Debian's is called vim.basic, vim.tiny or vim.nox.
    return os.path.basename(os.path.realpath(file)).partition(".")[0] in _VI
