"""The entry point: parse the command line, import what it needs and run it."""

from __future__ import annotations

import os
import sys

from simpsh import console
from simpsh.base.errors import OutputClosed, UsageProblem
from simpsh.base.posix_options import take_options
from simpsh.base.signal_names import SIGPIPE
from simpsh.kernel import signals
from simpsh.kernel.descriptors import reserve_standard_descriptors
from simpsh.process.error_words import report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.cli.session import ShellArguments
    from simpsh.repl.argument_names import CommandInside, Files, Name

SUBCOMMANDS = (*("diagnose", "trace", "step", "explore", "lesson", "doctor", "grade"), "jupyter")
"""The subcommands; see option_parser.subcommand_of()."""


def run(words: Sequence[str]) -> int:
    """Run the command line, report errors, and return the exit status."""
    reserve_standard_descriptors()
    name = words[0] if words and words[0] in SUBCOMMANDS else ""
    try:
        _check_platform()
        return _run_subcommand(name, words[1:]) if name else _run_shell(words)
    except OutputClosed:
        # The reader, such as head(1), has closed the pipe.
        signals.die_of(SIGPIPE)
        raise
    except Exception as problem:  # noqa: BLE001 - also out of memory, and a defect of simpsh
        return report(problem, name)


def _check_platform() -> None:
    if sys.platform != "linux":
        raise UsageProblem(
            "Linux is needed (5.10 or later); in a container, say: docker run -it python:3 …"
        )


def _run_subcommand(name: str, words: Sequence[str]) -> int:
    from simpsh.cli.option_parser import subcommand_of
    from simpsh.process.way_out import leaving_in_order

    with leaving_in_order():
        return subcommand_of(name).answer_to(words)


def _run_shell(words: Sequence[str]) -> int:
    if words and words[0] in ("--version", "--help", "-h", "--help-shell"):
        console.say(_answer_to_option(words))
        return 0
    if words and words[0] in _OTHER_WORDS and not os.path.isfile(words[0]):
        words = _OTHER_WORDS[words[0]](words)
    try:
        arguments = parse_shell_args(words)
    except UsageProblem as problem:
        from simpsh.cli.own_options import own_usage

        problem.usage = own_usage()
        raise
    from simpsh.cli.session import run_session

    return run_session(arguments)


def _built_in(words: Sequence[str]) -> Sequence[str]:
    """Return the arguments that run a built-in from another shell: `simpsh help pipeline`."""
    return ["-c", f'{words[0]} "$@"', "simpsh", *words[1:]]


def _of_a_prompt(words: Sequence[str]) -> Sequence[str]:
    raise UsageProblem(f"{words[0]} is a word of simpsh's prompt: start simpsh, and type it there")


def _about_processes(words: Sequence[str]) -> Sequence[str]:
    """Return the arguments that run `fds PID`; without a PID, it is about the shell's own."""
    return _built_in(words) if words[1:] else _of_a_prompt(words)


def _renamed(instead: str) -> Callable[[Sequence[str]], Sequence[str]]:
    def refuse(words: Sequence[str]) -> Sequence[str]:
        raise UsageProblem(f"there is no subcommand {words[0]}; instead: {instead}")

    return refuse


_OTHER_WORDS: Mapping[str, Callable[[Sequence[str]], Sequence[str]]] = {
    **dict.fromkeys(("help", "explain"), _built_in),
    **dict.fromkeys(("fds", "family", "status"), _about_processes),
    **dict.fromkeys(("why", "timeline", "verbose"), _of_a_prompt),
    "watch": _renamed("watch -n 1 simpsh family PID"),
    "class": _renamed("simpsh grade WHAT EXPORT"),
    "exercise": _renamed("simpsh lesson exercise"),
    "completions": _renamed("Tab at simpsh's prompt; delete the line in your shell's settings"),
}
"""Words that are no subcommands: of simpsh's prompt, or of an earlier release."""


def _answer_to_option(words: Sequence[str]) -> str:
    """Return the output of --version, --help or --help-shell."""
    if words[0] == "--version":
        from simpsh.base.version import __version__

        return f"simpsh {__version__}\n"
    from simpsh.cli.own_options import help_text, shell_help

    return shell_help() if words[0] == "--help-shell" else help_text()


def parse_shell_args(words: Sequence[str]) -> ShellArguments:
    """Parse the shell's command line; raise UsageProblem for an unknown or incomplete option."""
    from simpsh.cli.session import ShellArguments
    from simpsh.shell.state import Options

    arguments = ShellArguments()
    # A script's #! line replaces argv[0], so such a script needs -l.
    arguments.is_login = sys.orig_argv[0][:1] == "-"
    rest = list(words)
    takes_command = False
    for sign, name in take_options(rest, "-+", Options.is_name_of):
        if sign == "--":
            _long_option(arguments, name)
        elif name == "c":
            takes_command = True
        else:
            if name == "i":
                arguments.is_interactive = sign == "-"
            elif name == "v" and sign == "-":
                if arguments.is_narrated:
                    from simpsh.shell.builtins.self_observation import FormerLevel

                    raise FormerLevel("-vv")
                arguments.is_narrated = True
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
    if rest[:1] == ["-"] and words[-len(rest) - 1 : -len(rest)] != ["--"]:
        # A single minus only ends the options (POSIX XCU sh), but after `--` it is an operand.
        del rest[0]
    if takes_command:
        if not rest:
            raise UsageProblem("-c needs a command after it")
        arguments.command = rest.pop(0)
    arguments.operands = rest
    arguments.subcommands = SUBCOMMANDS
    arguments.complete_arguments = complete_arguments
    return arguments


def complete_arguments(words: Sequence[str], prefix: str) -> Sequence[Name] | Files | CommandInside:
    """Return the completions for a subcommand's next word; see argument_names.Subcommands."""
    from functools import partial

    from simpsh.cli.argument_completion import subcommand_arguments
    from simpsh.cli.option_parser import subcommand_of

    kinds = {name: partial(subcommand_of, name) for name in SUBCOMMANDS}
    return subcommand_arguments(words, prefix, kinds)


_LEFT_OPTIONS = {
    "trace": "'simpsh trace -o FILE COMMAND' records a command",
    "names": "nothing; the narration has pids, and the colours tell processes apart",
    "engine": "nothing; a script starts programs by posix_spawn, a prompt by fork",
    "verbose-fd": "-v with a redirection, as in 'simpsh -v FILE 2>narration'",
}
"""Options of release 1.0, with what is typed instead."""


def _long_option(arguments: ShellArguments, word: str) -> None:
    name = word.partition("=")[0]
    if name in _LEFT_OPTIONS:
        raise UsageProblem(f"--{name} has left in release 2.0; instead: {_LEFT_OPTIONS[name]}")
    if word == "no-rc":
        arguments.reads_rc = False
    elif word == "truth":
        arguments.is_truth = True
    else:
        raise UsageProblem(f"there is no option --{word}")
