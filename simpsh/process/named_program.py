"""What the first word of a command names: a program, or a source file and what runs it.

`trace`, `explore` and `step` run a source file whether or not it is executable or has a `#!` line;
the hint of the prompt proposes the same command. Otherwise a shell would read Python or C.
"""

from __future__ import annotations

import os

from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.kernel.program_execution import find_program, is_text, search_path, shebang

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_C = ".c"
_COMPILERS = ("cc", "gcc")
_FLAGS = ("-g", "-O0", "-Wall", "-pthread")
_INTERPRETERS = {".sh": "sh", ".py": "python3", ".pl": "perl", ".rb": "ruby", ".js": "node"}
"""A text without `#!` does not say its language; only its name can, as for compilers."""


class NamedProgram(Record):
    """The program that the words of a command name."""

    argv: tuple[str, ...]
    """The command to execute, with an interpreter if the file needs one."""
    source: str = ""
    """The path of a C file, which must be compiled first; else empty."""


def named_program(words: Sequence[str], path: str) -> NamedProgram:
    """Return what the words of a command name, given PATH.

    >>> named_program(("sh", "race.py"), "/bin").argv
    ('sh', 'race.py')
    """
    found = find_program(words[0], path)
    file = found or words[0]
    ending = os.path.splitext(file)[1]
    is_source = ending in (_C, *_INTERPRETERS) and os.path.isfile(file) and is_text(file)
    if not is_source or (found and shebang(found)):
        return NamedProgram(tuple(words))
    if ending == _C:
        return NamedProgram(tuple(words), file)
    interpreter = _of_first_line(file) or [_INTERPRETERS[ending]]
    return NamedProgram((*interpreter, file, *words[1:]))


def _of_first_line(file: str) -> list[str]:
    """Return the interpreter of a file's `#!` line, by its name in PATH; empty if there is none."""
    words = shebang(file)
    if len(words) > 1 and os.path.basename(words[0]) == "env" and words[1][0] != "-":
        del words[0]
    return [os.path.basename(words[0]), *words[1:]] if words else []


def compiler(path: str) -> str | None:
    """Return the name of the C compiler in PATH; None if there is none."""
    return next((name for name in _COMPILERS if find_program(name, path)), None)


def compile_source(source: str, folder: str) -> str:
    """Compile a C file into a folder, and return the path of the program.

    The compiler writes its warnings and errors to the standard error.

    Raises SimpshError: there is no compiler, or the file does not compile. OSError: EAGAIN; no
    process can be made.
    """
    path = search_path(os.environ)
    name = compiler(path)
    if name is None:
        raise SimpshError(f"{source}: no C compiler ({', '.join(_COMPILERS)}) is installed")
    program = os.path.join(folder, os.path.basename(source).removesuffix(_C))
    argv = (name, *_FLAGS, "-o", program, os.path.abspath(source))
    if os.spawnvpe(os.P_WAIT, name, argv, os.environ) != 0:
        raise SimpshError(f"{source}: it does not compile")
    return program
