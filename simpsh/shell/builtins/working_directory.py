"""`cd` and `pwd`. PWD is the logical path of the working directory, including symbolic links."""

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
        for entry in (state.variables.get("CDPATH") or "").split(":"):
            candidate = f"{entry.rstrip('/')}/{target}" if entry else target
            if os.path.isdir(candidate):
                path, is_shown = candidate, is_shown or bool(entry)
                break
    old = state.variables.get("PWD") or state.logical_directory()
    try:
        new = _change(state, path, is_physical=is_physical)
    except OSError as error:
        # With -e, status 1 means that the directory was changed, but has no known path.
        reason = why(error)
        if not target.startswith("/") and _is_in_removed_directory():
            reason += "; the working directory was removed"
        raise CommandProblem(f"{named(target)}: {reason}", 2 if is_strict else 1) from None
    for name, directory in (("OLDPWD", old), ("PWD", new)):
        state.assign(name, directory)
        state.exported.add(name)
    if is_shown:
        say(new + "\n")
    if is_strict and not physical_directory():
        state.complain("cd: -e: this is now the working directory, but it has no path")
        return 1
    return 0


def _change(state: State, path: str, *, is_physical: bool) -> str:
    # In a removed directory, this is its last known path.
    current = state.logical_directory()
    if is_physical:
        processes.chdir(path)
        return physical_directory() or current or path
    is_relative = not path.startswith("/")
    if is_relative and not current:
        processes.chdir(path)
        return os.getcwd()  # raises ENOENT in a removed directory
    is_removed = is_relative and _is_in_removed_directory()
    if is_relative:
        # Do not create a leading `//` (POSIX XBD 4.16).
        path = current + ("" if current.endswith("/") else "/") + path
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            before = "/" + "/".join(parts)
            # As in dash and bash, `cd ..` leaves a removed directory.
            is_left = is_removed and f"{current}/".startswith(f"{before}/")
            if not is_left and not stat.S_ISDIR(os.stat(before).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), before)
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    # POSIX XBD 4.16: exactly two leading slashes may be special.
    logical = ("//" if path[:2] == "//" and path[2:3] != "/" else "/") + "/".join(parts)
    processes.chdir(logical)
    return logical


def _is_in_removed_directory() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    except OSError:
        pass
    return False


@builtin("pwd [-L|-P]", "Only the shell remembers the path, links included, by which it came here.")
def _pwd(state: State, services: Services, operands: list[str]) -> int:
    letters, _ = options(operands, "LP")  # operands are ignored, as in other shells
    directory = "" if last_of(letters, "LP") == "P" else state.logical_directory()
    try:
        directory = directory or os.getcwd()
    except OSError as error:
        raise SimpshError(f"the working directory has no name: {why(error)}") from None
    write_output(state, services, os.fsencode(directory + "\n"))
    return 0
