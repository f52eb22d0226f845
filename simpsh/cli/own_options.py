"""The options of the shell itself, and the texts of `simpsh --help` and `--help-shell`."""

from __future__ import annotations

from simpsh.cli.option_parser import filled, table, usage_text

USAGE = ("[option …] [FILE [argument …]]", "[option …] -c COMMAND [NAME [argument …]]")
ABOUT = (
    "A shell that shows what the kernel really does. Without FILE or -c it is interactive if "
    "standard input and standard error are a terminal; otherwise it reads commands from standard "
    "input."
)
OPTIONS = {
    "-c COMMAND": "run COMMAND; NAME becomes $0, the arguments $1, $2 …",
    "-l": "login shell: read /etc/profile and ~/.profile first",
    "-i": "interactive, also with FILE or -c",
    "-v": "narrate each fork, exec and wait",
    "-s": "read commands from standard input; arguments are $1, $2 …",
    "-a -b -C -e -f -m -n -u -x, -o NAME": "as the builtin set has them",
    "--no-rc": "read neither $ENV nor the rc file",
    "--truth": "interactive, under the tracer",
    "--version": "show the version",
    "--help, -h": "show what simpsh can do",
    "--help-shell": "show these options",
}
"""The shell's own options as typed, with their descriptions."""
ABOUT_SUBCOMMANDS = {
    "lesson": "learn: a guess, a real run, the reason; and exercises",
    "step COMMAND": "run its processes step by step, in your order",
    "explore COMMAND": "find every output that it can have, over all orders",
    "trace COMMAND": "record a command's whole family from the kernel",
    "diagnose PID": "show what that process waits for",
    "grade": "judge shells or submissions by what processes do",
    "doctor": "check what this machine permits",
    "jupyter": "a kernel for notebooks",
    "help TOPIC": "explain a construct or builtin of the shell",
}
"""The subcommands as typed, with their descriptions; the first six are what simpsh is for."""


def help_text() -> str:
    """Return the text of `simpsh --help`."""
    below = {f"simpsh {typed}": text for typed, text in ABOUT_SUBCOMMANDS.items()}
    rows = [*below.items()]
    return "\n".join(
        [
            filled("example: simpsh -v -c 'ls | wc -l'"),
            filled(
                "A shell that shows what the kernel really does: which process forked which, what "
                "exec replaced, and why wait returned. simpsh alone starts it, simpsh FILE runs a "
                "script, and -v narrates each fork, exec and wait."
            ),
            table(rows[:_FIRST]),
            table(rows[_FIRST:]),
            table([("simpsh VERB --help", "its options"), ("simpsh --help-shell", "the shell's")]),
        ]
    )


_FIRST = 6


def shell_help() -> str:
    """Return the text of `simpsh --help-shell`."""
    example = filled("example: simpsh -v -c 'ls | wc -l'")
    return "\n".join([example + own_usage(), filled(ABOUT), table(OPTIONS.items())])


def own_usage() -> str:
    """Return the usage lines of the shell."""
    return usage_text("simpsh", USAGE)
