"""The names of programs: one file may have several, and a program chooses its argv[0]."""

from __future__ import annotations

import os
from functools import cache

from simpsh.base.events import Exec
from simpsh.base.file_facts import is_program, real_path
from simpsh.base.surroundings import search_folders
from simpsh.kernel.program_execution import STANDARD_PATH


@cache
def files_of(name: str) -> frozenset[str]:
    """Return the real paths of the programs of this name; empty if there is none."""
    folders = filter(os.path.isabs, (*search_folders(), *STANDARD_PATH.split(":")))
    paths = (os.path.join(folder, name) for folder in folders)
    return frozenset(real_path(path) for path in paths if is_program(path))


def has_name(execution: Exec, name: str) -> bool:
    """Return whether a program was executed under its file's name, or under one that leads to it.

    `sh` may be dash. A file with many names, such as busybox, is what its argv[0] says. A file of
    the submission is no program of the system, whatever its name.
    """
    if os.path.basename(execution.exe) == name:
        return not files_of(name) or real_path(execution.exe) in files_of(name)
    called = os.path.basename("".join(execution.argv[:1]))
    return called == name and real_path(execution.exe) in files_of(name)
