"""`cd` and `pwd`: where the shell is, and by which name it got there.

The kernel knows the working directory as a directory, the shell also by the path that was
typed, symbolic links included: the logical path, kept in PWD.
"""

from __future__ import annotations

import errno
import os
import stat

from simpsh.base.errors import CommandProblem, SimpshError
from simpsh.base.phrases import named
from simpsh.console import say, why
from simpsh.kernel import processes
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import last_of, options
from simpsh.shell.builtins.script_utilities import write_output
from simpsh.shell.state import State, physical_directory

_PATH_MAX = 4096
"""The longest path that a system call takes, its final NUL included; see limits.h(0p)."""


@builtin(
    "cd [-L | -P [-e]] [directory | -]",
    "Each process has a working directory of its own; a child could only change the child's.",
)
def _cd(state: State, _services: Services, operands: list[str]) -> int:
    letters, rest = options(operands, "LPe", only="directory")
    is_physical = last_of(letters, "LP") == "P"
    is_strict = is_physical and "e" in letters
    target, is_shown = rest[0] if rest else "", rest == ["-"]
    if rest == [""]:
        raise SimpshError("'': an empty string names no directory")
    if not rest or is_shown:
        name = "OLDPWD" if rest else "HOME"
        value = state.variables.get(name)
        if not value:
            how = "not set" if value is None else "empty"
            lack = ": no directory before this one is known"
            lack = lack if rest else ", so there is no directory to go to"
            raise SimpshError(f"{name} is {how}{lack}")
        target = value
    path = target
    if not target.startswith("/") and target.split("/", 1)[0] not in (".", ".."):
        # An entry of CDPATH that is named and helps is told.
        for place in (state.variables.get("CDPATH") or "").split(":"):
            candidate = f"{place.rstrip('/')}/{target}" if place else target
            if os.path.isdir(candidate):
                path, is_shown = candidate, is_shown or bool(place)
                break
    old = state.variables.get("PWD") or state.logical_directory()
    try:
        new = _change(state, path, is_physical=is_physical)
    except OSError as error:
        # With -e, 1 says that the directory was changed, and that its name is not known.
        raise CommandProblem(f"{named(target)}: {why(error)}", 2 if is_strict else 1) from None
    for name, directory in (("OLDPWD", old), ("PWD", new)):
        state.assign(name, directory)
        state.exported.add(name)
    if is_shown:
        say(new + "\n")
    return int(is_strict and not physical_directory())


def _change(state: State, path: str, *, is_physical: bool) -> str:
    here = state.logical_directory()
    if is_physical or not physical_directory():
        # A removed directory's path leads nowhere; `..` is still known to the kernel.
        processes.chdir(path)
        return physical_directory() or here or path
    if not path.startswith("/"):
        # From the root, a second slash could mean something else: POSIX XBD 4.16.
        path = here + ("" if here.endswith("/") else "/") + path
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            before = "/" + "/".join(parts)
            if not stat.S_ISDIR(os.stat(before).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), before)
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    # POSIX leaves two leading slashes, and only two, to the system: there `//x` may differ.
    logical = ("//" if path[:2] == "//" and path[2:3] != "/" else "/") + "/".join(parts)
    if len(os.fsencode(logical)) < _PATH_MAX:
        processes.chdir(logical)
    else:
        # From here the way may be short enough for the system call.
        processes.chdir(os.path.relpath(logical, here))
    return logical


@builtin("pwd [-L|-P]", "Only the shell remembers by which path, links included, it came here.")
def _pwd(state: State, services: Services, operands: list[str]) -> int:
    # Operands mean nothing, and are no mistake in other shells either.
    letters, _ = options(operands, "LP")
    directory = "" if last_of(letters, "LP") == "P" else state.logical_directory()
    try:
        directory = directory or os.getcwd()
    except OSError as error:
        raise SimpshError(f"the working directory has no name: {why(error)}") from None
    write_output(state, services, os.fsencode(directory + "\n"))
    return 0
