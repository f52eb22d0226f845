"""Builds programs from source files, and returns their command lines; Python needs no build.

A student's own source is built in its folder; a submission is built in the sandbox, so that
compilers and make are confined, too.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence

from simpsh.base.events import Event, Exec, Start
from simpsh.base.file_facts import is_file, is_folder, is_program, matching, program_called
from simpsh.base.patience import patience
from simpsh.base.process_names import FIRST
from simpsh.base.record import changed
from simpsh.course.run.c_compilation import C_FLAGS, CompilerSays, compile_source, name_of
from simpsh.grade.sandbox.guarded_files import kind_of, read_beginning
from simpsh.grade.sandbox.sandbox import JudgeRefused, Sandbox, SubmissionRefused
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox

_SECONDS = 60.0 * patience()
_BUILT = ".program"
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
"""The file names that make(1) tries, in its order."""
_LONGEST_FIRST_LINE = 256
"""How much of a script the kernel reads for its interpreter (BINPRM_BUF_SIZE)."""
C_PLUS_PLUS = (".cc", ".cpp", ".cxx")
COMPILED = (".c", *C_PLUS_PLUS)
"""The endings of sources that are compiled without a Makefile, in small letters."""
NOT_BUILT = "it was not built"
"""How the sentence begins if a compiler or make rejected a source."""
_REASON = re.compile(
    r"error:|undefined reference|multiple definition|not found|No such file|: \*\*\* "
)
"""The first line with one of these says why: after it, each outer make(1) only says that it failed.
"""


class NotBuilt(CompilerSays, SubmissionRefused):
    """A source cannot be built; `report` is empty if the compiler did not reject it."""


def program_of(path: str) -> tuple[str, ...]:
    """Build a student's own file if needed, and return the command line of the program.

    Raises NotBuilt: it does not exist, does not compile, or may not be executed. NotObservable:
    there is no C compiler here.
    """
    if not os.path.exists(path):
        raise NotBuilt(f"{path}: there is no such file")
    if not os.path.isfile(path):
        raise NotBuilt(f"{path}: it is {kind_of(os.stat(path).st_mode)}; name a file")
    if path.endswith(".py"):
        return (sys.executable, os.path.abspath(path))
    if path.endswith(".c"):
        with open(path, encoding="utf-8", errors="replace") as file:
            return compiled(path, file.read())
    if not os.access(path, os.X_OK):
        raise NotBuilt(
            f"{path}: it is no .py or .c file, and may not be executed: compile it and name the "
            "program, or try chmod +x"
        )
    if reason := _why_no_script(path):
        raise NotBuilt(f"{path}: {reason}")
    return (os.path.abspath(path),)


def compiled(path: str, source: str) -> tuple[str, ...]:
    """Compile a C source that is, or could be, in a file; raises like program_of()."""
    file_path = os.path.abspath(path)
    folder, name = os.path.split(file_path)
    try:
        flags = (f"-I{folder}",)
        return (compile_source(source, flags, name=name.removesuffix(".c"), file=file_path),)
    except CompilerSays as complaint:
        raise NotBuilt(f"{path}: {complaint}", complaint.report) from complaint


def as_typed(argv: Sequence[str], program: Sequence[str]) -> tuple[str, ...]:
    """Return a command line as a person would type it in the program's folder.

    `argv` was executed, with paths of caches, copies and this interpreter; `program` is the result
    of program_of() or prepared().

    >>> as_typed(("/usr/bin/env", "/c/abcdefabcdefabcdefabcdef-run", "5"), ("/c/abcd…-run",))
    ('/usr/bin/env', '/c/abcdefabcdefabcdefabcdef-run', '5')
    >>> as_typed(("/c/abcdefabcdefabcdefabcdef-run", "5"), ("/c/abcdefabcdefabcdefabcdef-run",))
    ('./run', '5')
    """
    names = {}
    for index, word in enumerate(program):
        if word == sys.executable:
            names[word] = "python3"
        elif os.path.isabs(word):
            name = name_of(word).removesuffix(_BUILT)
            names[word] = name if index or name.endswith(".py") else f"./{name}"
    return tuple(names.get(word, word) for word in argv)


def events_as_typed(events: Iterable[Event], program: Sequence[str]) -> tuple[Event, ...]:
    """Return the events of a run with the command lines of as_typed()."""
    typed = []
    for event in events:
        if isinstance(event.what, Start | Exec):
            argv = as_typed(event.what.argv, program)
            if argv == (FIRST,):
                # Until its exec, the process is a copy of the judge.
                argv = ("simpsh",)
            event = changed(event, what=changed(event.what, argv=argv))
        typed.append(event)
    return tuple(typed)


def prepared(path: str, sandbox: Sandbox) -> tuple[str, ...]:
    """Build a submitted file in the sandbox if needed, and return the command line of the program.

    If its folder has a Makefile, make(1) builds the default target, and the target named like the
    file. A C or C++ file that cannot be built alone is built with the others of its language in
    its folder. Raises NotBuilt.
    """
    stem, suffix = os.path.splitext(path)
    ending = suffix.lower()
    if ending == ".py":
        return (sys.executable, path)
    program = stem if ending in COMPILED else path
    folder = os.path.dirname(path)
    if any(is_file(os.path.join(folder, name)) for name in MAKEFILES):
        program = _make(sandbox, program)
    elif ending in COMPILED:
        program += _BUILT
        # Without -x, PROGRAM.C in capitals would be C++.
        words = (*_compiler(ending), "-o", program, "-xc" if ending == ".c" else "-xc++")
        others = [each for each in matching(folder, f"*{suffix}") if each != path]
        try:
            _build(sandbox, (*words, path, "-lpthread"), path)
        except NotBuilt:
            if not others:
                raise
            _build(sandbox, (*words, path, *others, "-lpthread"), path)
    if not is_file(program):
        raise NotBuilt(f"the program was not made: there is no {os.path.basename(program)}")
    return _executable(program)


def _compiler(ending: str) -> Sequence[str]:
    is_c = ending == ".c"
    names = ("cc", "gcc") if is_c else ("c++", "g++")
    for path in filter(None, map(shutil.which, names)):
        return (path, *(flag for flag in C_FLAGS if is_c or not flag.startswith("-std=")))
    language = "C" if is_c else "C++"
    raise JudgeRefused(f"no {language} compiler ({', '.join(names)}) is installed here")


def build_with(command: str, source: str, wanted: str, sandbox: Sandbox) -> tuple[str, ...]:
    """Return the command line of the program that a command of an assignment builds.

    The command is a line for sh(1). It runs in the sandbox, in the submission's folder or, if that
    contains only a folder, in the inner folder. The program is the file `wanted` there or, if
    `wanted` is empty, the only new executable.

    Raises NotBuilt: the command failed, or made no such program.
    """
    folder = source if is_folder(source) else os.path.dirname(source)
    while [entry.is_dir() for entry in os.scandir(folder)] == [True]:
        folder = next(os.scandir(folder)).path
    before = _executables(folder)
    _build(sandbox, ("/bin/sh", "-c", command), os.path.join(folder, wanted or command))
    if wanted:
        program = os.path.join(folder, wanted)
        if not is_file(program):
            raise NotBuilt(f"`{command}` made no {wanted}")
    else:
        program = _only_program(sorted(_executables(folder) - before), command)
    if program.endswith(".py"):
        return (sys.executable, program)
    return _executable(program)


def _only_program(made: Sequence[str], command: str) -> str:
    if len(made) == 1:
        return made[0]
    names = ", ".join(map(os.path.basename, made)) or "no program"
    raise NotBuilt(f"which program? {command} has made {names}")


def _executable(program: str) -> tuple[str, ...]:
    """Return the command line of a program; raise NotBuilt if it cannot be executed."""
    if is_program(program):
        if reason := _why_no_script(program):
            raise NotBuilt(reason)
        return (program,)
    raise NotBuilt(
        "it is no .py or .c file, and may not be executed: hand in such a file, or try chmod +x"
    )


def _make(sandbox: Sandbox, program: str) -> str:
    """Call make(1), and return the path of the program; `program` may be the Makefile instead."""
    maker = shutil.which("make")
    if maker is None:
        raise JudgeRefused("make is not installed here")
    folder, name = os.path.split(program)
    is_target, before, failure = name not in MAKEFILES, _executables(folder), None
    try:
        _build(sandbox, (maker, "-s"), program)
    except NotBuilt as problem:
        failure = problem
    if is_target and run_in_sandbox(sandbox, (maker, "-n", name), folder, _SECONDS).is_good:
        # The default target may fail, build only helpers of the program, or remove it.
        _build(sandbox, (maker, "-s", name), program)
        return program
    if failure is not None:
        raise failure
    if is_target and is_file(program):
        return program
    return _only_program(sorted(_executables(folder) - before), "make")


def _executables(folder: str) -> set[str]:
    with os.scandir(folder) as entries:
        return {entry.path for entry in entries if is_program(entry.path)}


def _why_no_script(path: str) -> str:
    """Return why execve(2) finds no interpreter for a script; empty if it finds one."""
    try:
        first, _, _ = read_beginning(path, _LONGEST_FIRST_LINE).partition(b"\n")
    except OSError:  # a link, which may lead to a file that never ends
        return ""
    if not first.startswith(b"#!"):
        return "a byte order mark is before its #!: save it without" if first[3:5] == b"#!" else ""
    if first.endswith(b"\r"):
        return "its first line has a Windows line end (\\r): write it with Unix line ends"
    interpreter, *words = os.fsdecode(first[2:]).split() or [""]
    if os.path.basename(interpreter) == "env":
        interpreter = next((word for word in words if word[0] != "-" and "=" not in word), "env")
    return (
        "" if program_called(interpreter) else f"{interpreter or 'no name'} is not installed here"
    )


def _build(sandbox: Sandbox, argv: Sequence[str], path: str) -> None:
    directory, name = os.path.split(path)
    done = run_in_sandbox(sandbox, argv, directory, _SECONDS)
    if done.is_good:
        return
    if done.status is None:
        raise NotBuilt(f"{name}: it was not built in {_SECONDS:g} seconds")
    lines = [line.replace(f"{directory}/", "") for line in done.output.splitlines()]
    # The linker names a missing symbol before the line with "error".
    words = next(filter(_REASON.search, lines), lines[-1] if lines else "no word")
    raise NotBuilt(f"{NOT_BUILT}: {words}")
