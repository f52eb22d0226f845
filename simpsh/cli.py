"""Which of the rooms below does this command line need? They are imported when they are."""

from __future__ import annotations

import os
import sys

from simpsh import __version__
from simpsh.errors import SimpshError, UsageProblem
from simpsh.jobs import redirecting
from simpsh.kernel import descriptors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.session import Arguments

_USAGE = """\
usage: simpsh [option …] [FILE [argument …]]
       simpsh [option …] -c COMMAND [NAME [argument …]]

A shell that shows what the kernel really does. Without FILE or -c it is interactive when
standard input and standard error are a terminal; else it reads commands from standard input.

  -c COMMAND         run COMMAND; NAME becomes $0, the arguments $1, $2 …
  -i                 be interactive
  -v, -vv, -vvv      narrate: what fork, exec and wait do; every call; what /proc says
  --verbose-fd N     narrate to descriptor N rather than to standard error
  --trace FILE       record what the shell and its children do, as JSON lines
  --engine ENGINE    start programs by fork, or by spawn where nobody watches
  -e -f -u -C -m, -o NAME   as the builtin set has them
  --no-rc            do not read the rc file
  --version, --help, -h

  simpsh diagnose PID     what is that process waiting for?
  simpsh trace COMMAND    record a command's whole family from the kernel, and draw it
  simpsh trace show FILE  draw a recording
  simpsh step COMMAND     hold its processes, and decide who goes next
  simpsh explore COMMAND  every output that it can have, over all orders
  simpsh lesson           the course and its exercises; simpsh doctor: what is permitted here
  simpsh grade            judge a shell, or a class of submissions, by what processes do
  simpsh --truth          an interactive shell under the tracer

New here? Start simpsh, type `help`, and try  ls | wc -l  after  verbose 1.
"""

_SUBCOMMANDS = ("diagnose", "trace", "step", "explore", "lesson", "doctor", "grade")


def run(words: Sequence[str]) -> int:
    """Do what the command line says, and return the exit status."""
    redirecting.reserve_standard_descriptors()
    try:
        if sys.platform != "linux":
            raise UsageProblem(
                "Linux is needed (5.10 or later); in a container, say: docker run -it python:3 …"
            )
        if words and words[0] in _SUBCOMMANDS:
            from simpsh.subcommands import run_subcommand

            return run_subcommand(words[0], list(words[1:]))
        if words and words[0] in ("--version", "--help", "-h"):
            text = f"simpsh {__version__}\n" if words[0] == "--version" else _USAGE
            descriptors.write_all(1, text.encode())
            return 0
        arguments = parse(words)
        from simpsh.session import run_session

        return run_session(arguments)
    except SimpshError as problem:
        _complain(str(problem))
        return problem.status
    except OSError as error:
        _complain(f"write error: {os.strerror(error.errno or 5)}")
        return 1


def teach(path: str) -> int:
    """Teach the lesson of a file; its options are those of `lesson run`. Returns the status."""
    from simpsh.subcommands import teach_file

    try:
        return teach_file(path)
    except SimpshError as problem:
        _complain(str(problem))
        return problem.status


def parse(words: Sequence[str]) -> Arguments:
    """Take the command line apart.

    Raises:
        UsageProblem: an option is unknown or lacks its operand.
    """
    from simpsh.session import Arguments

    arguments = Arguments()
    rest = list(words)
    takes_command = False
    while rest and rest[0][:1] in ("-", "+") and len(rest[0]) > 1:
        word = rest.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            _long_option(arguments, word, rest)
        else:
            takes_command |= _short_options(arguments, word, rest)
    if takes_command:
        if not rest:
            raise UsageProblem("-c: which command? It is missing")
        arguments.command = rest.pop(0)
    arguments.operands = rest
    return arguments


def _long_option(arguments: Arguments, word: str, rest: list[str]) -> None:
    name, equals, value = word.partition("=")
    if name in ("--trace", "--engine", "--verbose-fd"):
        if not equals:
            if not rest:
                raise UsageProblem(f"{name}: its operand is missing; see simpsh --help")
            value = rest.pop(0)
        _set_valued(arguments, name, value)
    elif word == "--no-rc":
        arguments.reads_rc = False
    elif word == "--truth":
        arguments.is_truth = True
    else:
        raise UsageProblem(f"{word}: no such option; see simpsh --help")


def _set_valued(arguments: Arguments, name: str, value: str) -> None:
    if name == "--trace":
        arguments.trace = value
    elif name == "--engine":
        if value not in ("fork", "spawn"):
            raise UsageProblem(f"--engine {value}: it is fork or spawn")
        arguments.engine = value
    else:
        if not (value.isascii() and value.isdigit()) or len(value) > 9:
            raise UsageProblem(f"--verbose-fd {value}: not the number of a descriptor")
        arguments.verbose_fd = int(value)


def _short_options(arguments: Arguments, word: str, rest: list[str]) -> bool:
    from simpsh.state import Options

    takes_command = False
    for letter in word[1:]:
        if letter == "c":
            takes_command = True
        elif letter == "i":
            arguments.is_interactive = True
        elif letter == "v":
            arguments.verbosity = min(3, arguments.verbosity + 1)
        elif letter == "o" and rest and rest[0] in Options.NAMES:
            arguments.options.append(rest.pop(0))
        elif letter in Options.LETTERS:
            arguments.options.append(Options.LETTERS[letter])
        else:
            raise UsageProblem(f"-{letter}: no such option; see simpsh --help")
    return takes_command


def _complain(message: str) -> None:
    try:
        descriptors.write_all(2, os.fsencode(f"simpsh: {message}\n"))
    except OSError:
        return
