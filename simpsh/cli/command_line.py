"""Which of the rooms below does this command line need? They are imported when they are."""

from __future__ import annotations

import os
import sys

from simpsh import console
from simpsh.base.errors import SimpshError, UsageProblem, defect_in_a_line
from simpsh.base.posix_options import take_options
from simpsh.kernel.descriptors import reserve_standard_descriptors
from simpsh.process.error_words import error_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.cli.option_parser import Subcommand
    from simpsh.cli.session import ShellArguments
    from simpsh.repl.argument_names import CommandInside, Files, Name

SUBCOMMANDS = {
    "diagnose": "DiagnoseCommand",
    "trace": "TraceCommand",
    "watch": "WatchCommand",
    "step": "StepCommand",
    "explore": "ExploreCommand",
    "lesson": "LessonCommand",
    "compare": "CompareCommand",
    "doctor": "DoctorCommand",
    "grade": "GradeCommand",
    "class": "ClassCommand",
    "jupyter": "JupyterCommand",
    "completions": "CompletionsCommand",
}
"""The class of each subcommand, in the file NAME_command."""


def run(words: Sequence[str]) -> int:
    """Do what the command line says, and return the exit status."""
    reserve_standard_descriptors()
    try:
        if sys.platform != "linux":
            raise UsageProblem(
                "Linux is needed (5.10 or later); in a container, say: docker run -it python:3 …"
            )
        if words and words[0] in SUBCOMMANDS:
            return _answered(words[0], lambda: subcommand_of(words[0]).answer_to(words[1:]))
        if words and words[0] in ("--version", "--help", "-h", "--complete"):
            console.say(_told(words))
            return 0
        if words[:1] == ["help"] and not os.path.exists("help"):
            # In another shell, too, `simpsh help pipeline` is what one tries first.
            words = ["-c", 'help "$@"', "simpsh", *words[1:]]
        try:
            arguments = parse_shell_args(words)
        except UsageProblem as problem:
            from simpsh.cli.own_options import own_usage

            console.complain(problem)
            console.warn(own_usage().splitlines())
            return problem.status
        from simpsh.cli.session import run_session

        return run_session(arguments)
    except SimpshError as problem:
        console.complain(problem)
        return problem.status
    except OSError as error:
        console.complain(error_words(error))
        return 1
    except (MemoryError, ImportError) as error:
        # A library that finds no room is an ImportError.
        console.complain(defect_in_a_line(error))
        return 1


def _told(words: Sequence[str]) -> str:
    """Return the text for an option that only prints one."""
    if words[0] == "--version":
        from simpsh.base.version import __version__

        return f"simpsh {__version__}\n"
    if words[0] == "--complete":
        from simpsh.cli.argument_completion import answer_lines

        return "".join(f"{line}\n" for line in answer_lines(words[1:], what_fits))
    from simpsh.cli.own_options import help_text

    return help_text()


def subcommand_of(name: str) -> type[Subcommand]:
    """Return a subcommand, one of SUBCOMMANDS; its file is loaded for it."""
    # As importlib's import_module(), whose module imports more.
    module = __import__(f"simpsh.cli.{name}_command", fromlist=["SUBCOMMANDS"])
    subcommand: type[Subcommand] = getattr(module, SUBCOMMANDS[name])
    return subcommand


def _answered(name: str, work: Callable[[], int]) -> int:
    """Run a subcommand; return its status, or the status of its error."""
    from simpsh.cli.option_parser import HelpAsked, Misuse
    from simpsh.process.way_out import leaving_in_order

    try:
        with leaving_in_order():
            return work()
    except HelpAsked as asked:
        console.say(str(asked))
        return 0
    except Misuse as problem:
        console.complain(problem)
        console.warn(problem.usage.splitlines())
        return problem.status
    except SimpshError as problem:
        console.complain(problem)
        return problem.status
    except OSError as error:
        where = "" if error.filename else f"{name}: "
        console.complain(f"{where}{error_words(error)}")
        return 1
    except Exception as error:  # noqa: BLE001 - a lack of memory, or a mistake of ours
        console.complain(f"{name}: {defect_in_a_line(error)}")
        return 1


def parse_shell_args(words: Sequence[str]) -> ShellArguments:
    """Take the command line apart; raise UsageProblem for an option unknown or without operand."""
    from simpsh.cli.session import ShellArguments
    from simpsh.shell.state import Options

    arguments = ShellArguments()
    # The kernel does not pass on the name of a script with an interpreter line: it needs -l.
    arguments.is_login = sys.orig_argv[0][:1] == "-"
    rest = list(words)
    takes_command = False
    for sign, name in take_options(rest, "-+", Options.is_name_of):
        if sign == "--":
            _long_option(arguments, name, rest)
        elif name == "c":
            takes_command = True
        else:
            # Take `-e` or `+e`, which turns an option off again.
            if name == "i" and sign == "-":
                arguments.is_interactive = True
            elif name == "v" and sign == "-":
                arguments.verbosity = min(3, arguments.verbosity + 1)
            elif name == "l" and sign == "-":
                arguments.is_login = True
            elif name == "s" and sign == "-":
                arguments.reads_standard_input = True
            elif name == "o":
                if not rest:
                    raise UsageProblem(f"{sign}o needs the name of an option after it")
                arguments.options.switch(sign, name, rest.pop(0))
            elif name in Options.LETTERS:
                arguments.options.switch(sign, name)
            else:
                raise UsageProblem(f"there is no option {sign}{name}")
    if rest and rest[0] == "-":
        # A single minus ends the options and means nothing (POSIX XCU sh).
        del rest[0]
    if takes_command:
        if not rest:
            raise UsageProblem("-c: which command? It is missing")
        arguments.command = rest.pop(0)
    arguments.operands = rest
    arguments.subcommands = SUBCOMMANDS
    arguments.what_fits = what_fits
    return arguments


def what_fits(words: Sequence[str], prefix: str) -> Sequence[Name] | Files | CommandInside:
    """Return what may follow a subcommand of simpsh; see argument_names.Subcommands."""
    # A subcommand is imported when Tab is pressed after its name.
    from functools import partial

    from simpsh.cli.argument_completion import subcommand_arguments

    kinds = {name: partial(subcommand_of, name) for name in SUBCOMMANDS}
    return subcommand_arguments(words, prefix, kinds)


def _long_option(arguments: ShellArguments, word: str, rest: list[str]) -> None:
    name, equals, value = word.partition("=")
    if name in ("trace", "engine", "verbose-fd"):
        if not equals:
            if not rest:
                raise UsageProblem(f"--{name} needs a value after it")
            value = rest.pop(0)
        if name == "trace":
            arguments.trace = value
        elif name == "engine":
            if value not in ("fork", "spawn"):
                raise UsageProblem(f"--engine {value}: it is fork or spawn")
            arguments.engine = value
        else:
            if not (value.isascii() and value.isdigit()) or len(value) > 9:
                raise UsageProblem(f"--verbose-fd {value}: not the number of a descriptor")
            arguments.verbose_fd = int(value)
    elif word == "names":
        arguments.narrates_names = True
    elif word == "no-rc":
        arguments.reads_rc = False
    elif word in ("truth", "watch"):
        setattr(arguments, f"is_{word}", True)
    else:
        raise UsageProblem(f"there is no option --{word}")
