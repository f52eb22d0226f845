"""The rules of the lessons for signal handlers and user ids, checked in the text of a C program.

The programs are compiled elsewhere, with all warnings. So a simple reading is enough here:
functions begin in the first column, and their bodies are found by their braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from simpsh.base.record import Record

_LISTED = """
_exit abort accept access alarm close connect dup dup2 execve fcntl fstat getpid getppid kill link
longjmp lseek memcpy memset mkdir open pause pipe poll raise read recv rename rmdir select send
setpgid setsid sigaction sigaddset sigdelset sigemptyset sigfillset sigismember siglongjmp signal
sigprocmask sigsuspend socket stat strcat strchr strcmp strcpy strlen symlink tcsetpgrp time unlink
utime wait waitpid write
"""
SAFE = frozenset(_LISTED.split())
"""Functions in the list of signal-safety(7) that a lesson may want to call in a handler."""

KEEPS_ERRNO = {name for name in SAFE if name.startswith(("_exit", "abort", "mem", "str"))}
SETTINGS = ("SIG_IGN", "SIG_DFL")
IDS = ("setuid", "setreuid", "setresuid", "seteuid", "setgid", "setresgid", "setgroups")
_BEFORE_USER = {"setgroups": ("setgroups", "initgroups"), "setgid": ("setgid", "setresgid")}
_DROPS = re.compile(r"\bset(?:re|res)?uid\((?!-1\b)")
_NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|^#[^\n]*', re.DOTALL | re.MULTILINE)
_FUNCTION = re.compile(r"^[a-z][\w *]*?\b(\w+)\(([^;{]*?)\)\s*\{", re.MULTILINE)
_CALL = re.compile(r"\b([a-z_]\w*)\(")
_WORDS = {"if", "for", "while", "switch", "return", "sizeof"}
_SCALAR = re.compile(r"^(?:static )?([a-z][\w ]*?)\b(\w+)(?: = [^;]*)?;", re.MULTILINE)
_IS_HANDLER = re.compile(r"int \w+(?:, siginfo_t \*\w*, void \*\w*)?")


class CFunction(Record):
    """A function of a program: its parameters, and its body without strings and comments."""

    name: str
    parameters: str
    body: str

    @property
    def calls(self) -> list[str]:
        return [name for name in _CALL.findall(self.body) if name not in _WORDS]


class CProgram(Record):
    """The facts that the rules use."""

    text: str
    functions: dict[str, CFunction]
    scalars: dict[str, str]
    """The types of the global variables that are neither arrays nor structures."""


def read_program(source: str) -> CProgram:
    """Find the functions and the global variables of a program."""
    text = _NOISE.sub(lambda found: '""' if found[0][0] == '"' else "", source)
    functions: dict[str, CFunction] = {}
    outside, after = "", 0
    for found in _FUNCTION.finditer(text):
        if found.start() < after:
            continue
        depth, end = 1, found.end()
        while depth and end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        functions[found[1]] = CFunction(found[1], found[2], text[found.end() : end - 1])
        outside += text[after : found.start()] + "\n"
        after = end
    scalars = {name: kind.strip() for kind, name in _SCALAR.findall(outside + text[after:])}
    return CProgram(text, functions, scalars)


def handlers(program: CProgram) -> list[CFunction]:
    """Return the functions that could be signal handlers, and whose address is taken."""
    return [
        function
        for name, function in program.functions.items()
        if _IS_HANDLER.fullmatch(function.parameters)
        and re.search(rf"\b{name}\b(?!\()", program.text)
    ]


def broken_rules(source: str) -> Iterator[tuple[str, str]]:
    """Yield the rules that a program breaks, each with the function or the variable."""
    program = read_program(source)
    yield from (("signal", name) for name in _by_signal(program))
    for handler in handlers(program):
        reached = _reached(program, handler)
        outside = [name for name in reached if name not in program.functions]
        yield from (("unsafe", f"{handler.name}: {name}") for name in outside if name not in SAFE)
        if not KEEPS_ERRNO.issuperset(outside) and not _saves_errno(program, handler):
            yield "errno", handler.name
        own = [handler, *(program.functions[name] for name in reached if name not in outside)]
        yield from (("volatile", name) for name in _unsafe_variables(program, own))
    for function in program.functions.values():
        yield from (("ids", f"{function.name}: {fault}") for fault in _id_faults(function))
        yield from (("fork", function.name) for _ in range(_unchecked_forks(function)))


def _by_signal(program: CProgram) -> Iterator[str]:
    """Name what signal() installs, unless it is a setting, or a parameter that gets settings."""
    for function in program.functions.values():
        for action in re.findall(r"\bsignal\([^,;]*,\s*([^;]*?)\)", function.body):
            given = re.findall(rf"\b{function.name}\((\w+)\)", program.text)
            is_parameter = f"(*{action})(int)" in function.parameters
            if action not in SETTINGS and not (is_parameter and {*given} <= {*SETTINGS}):
                yield action


def _reached(program: CProgram, function: CFunction) -> list[str]:
    """Return the functions that a function calls, also through others of the program."""
    found: list[str] = []
    open_ones = [*function.calls]
    while open_ones:
        name = open_ones.pop()
        if name not in found:
            found.append(name)
            open_ones += program.functions[name].calls if name in program.functions else []
    return found


def _saves_errno(program: CProgram, handler: CFunction) -> bool:
    """Return whether a handler never returns, or saves errno first and restores it last."""
    statements = handler.body.strip()
    if re.search(r"\b(?:_exit|siglongjmp)\([^;]*\);$", statements):
        return True
    kept = re.search(r"\b(\w+) = errno\b", statements)
    if kept is None or re.search(r"\breturn\b", statements):
        return False
    early = {*_CALL.findall(statements[: kept.start()])} - KEEPS_ERRNO
    return not early and re.search(rf"\berrno = {kept[1]};$", statements) is not None


def _unsafe_variables(program: CProgram, functions: list[CFunction]) -> Iterator[str]:
    """Name the global variables that functions assign to, if their type is not for handlers."""
    for name, kind in program.scalars.items():
        assigned = rf"\b{name}\s*(?:[-+*/|&^]?=(?!=)|\+\+|--)|(?:\+\+|--){name}\b"
        is_safe = {"volatile", "sig_atomic_t"} <= {*kind.split()}
        if not is_safe and any(re.search(assigned, function.body) for function in functions):
            yield name


def _id_faults(function: CFunction) -> Iterator[str]:
    """Name calls that change ids unchecked, and a user id that changes before the groups."""
    for name in IDS:
        calls = len(re.findall(rf"\b{name}\(", function.body))
        tested = len(re.findall(rf"\b{name}\([^;{{]*?\) [!=]= (?:-1|0)", function.body))
        if calls > tested:
            yield f"{name} is not checked"
    if drop := _DROPS.search(function.body):
        called = _CALL.findall(function.body[: drop.start()])
        for name, ways in _BEFORE_USER.items():
            if not {*called} & {*ways}:
                yield f"{name} does not come before"


def _unchecked_forks(function: CFunction) -> int:
    """Count the calls of fork of which no test compares the result with -1."""
    calls = len(re.findall(r"\bfork\(\)", function.body))
    names = re.findall(r"\b([\w\]\[]+) = fork\(\)", function.body)
    tested = [name for name in names if re.search(rf"\b{re.escape(name)} [!=]= -1", function.body)]
    at_once = re.findall(r"fork\(\) [!=]= -1|switch \(fork\(\)\) \{\s*case -1", function.body)
    return calls - len(tested) - len(at_once)
