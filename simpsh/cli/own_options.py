"""The options of the shell itself, and the text of `simpsh --help`."""

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
    "--names": "narrate with names, as ls (P1), rather than pids",
    "--verbose-fd N": "narrate to descriptor N rather than to standard error",
    "--engine ENGINE": "start programs by fork, or by spawn in unwatched scripts",
    "-s": "read commands from standard input; arguments are $1, $2 …",
    "-a -b -C -e -f -m -n -u -x, -o NAME": "as the builtin set has them",
    "--no-rc": "read neither $ENV nor the rc file",
    "--truth": "interactive, under the tracer",
    "--version, --help, -h": "show the version, or this help",
}
"""The shell's own options as typed, with their descriptions."""
ABOUT_SUBCOMMANDS = {
    "lesson": "the course, and its exercises",
    "trace COMMAND": "record a command's whole family from the kernel",
    "trace show FILE": "draw a recording",
    "step COMMAND": "run its processes step by step, in an order that you choose",
    "explore COMMAND": "find every output that it can have, over all orders",
    "diagnose PID": "show what that process waits for",
    "watch PID": "draw its process family while it runs",
    "grade": "judge shells or submissions by what processes do",
    "doctor": "check what this machine permits",
    "jupyter install": "a kernel for notebooks",
    "completions SHELL": "print the completion script for that shell",
}
"""The subcommands as typed, with their descriptions."""


def help_text() -> str:
    """Return the text of `simpsh --help`."""
    below = {f"simpsh {typed}": text for typed, text in ABOUT_SUBCOMMANDS.items()}
    last = "New here? Start simpsh, type `help`, and try  ls | wc -l  after  verbose 1."
    parts = [filled(ABOUT), table(OPTIONS.items()), table(below.items()), filled(last)]
    return "\n".join([own_usage(), *parts])


def own_usage() -> str:
    """Return the usage lines of the shell."""
    return usage_text("simpsh", USAGE)
