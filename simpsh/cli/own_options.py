"""The options of the shell itself, and what `simpsh --help` shows."""

from __future__ import annotations

from simpsh.cli.option_parser import filled, table, usage_text

USAGE = ("[option …] [FILE [argument …]]", "[option …] -c COMMAND [NAME [argument …]]")
ABOUT = (
    "A shell that shows what the kernel really does. Without FILE or -c it is interactive when "
    "standard input and standard error are a terminal; else it reads commands from standard input."
)
OPTIONS = {
    "-c COMMAND": "run COMMAND; NAME becomes $0, the arguments $1, $2 …",
    "-l": "be a login shell: read /etc/profile and ~/.profile first",
    "-i": "be interactive, also with FILE or -c",
    "-v, -vv, -vvv": "narrate: fork, exec and wait; every call; what /proc says",
    "--names": "narrate with names, as ls (P1), rather than pids",
    "--verbose-fd N": "narrate to descriptor N rather than to standard error",
    "--trace FILE": "record what the shell and its children do, as JSON lines",
    "--engine ENGINE": "start programs by fork, or by spawn in unwatched scripts",
    "-s": "read commands from standard input; arguments are $1, $2 …",
    "-a -b -C -e -f -m -n -u -x, -o NAME": "as the builtin set has them",
    "--no-rc": "read neither $ENV nor the rc file",
    "--truth": "be interactive under the tracer",
    "--watch": "be interactive beside a picture of the family while it runs (tmux)",
    "--version, --help, -h": "show the version, or this, and end",
}
"""The shell's own options, as they are typed, and what each does."""
ABOUT_SUBCOMMANDS = {
    "lesson": "the course, and its exercises",
    "trace COMMAND": "record a command's whole family from the kernel",
    "trace show FILE": "draw a recording",
    "step COMMAND": "hold its processes, and decide which goes next",
    "explore COMMAND": "every output that it can have, over all orders",
    "diagnose PID": "what is that process waiting for?",
    "watch PID": "its family while it runs, on this terminal",
    "grade": "judge shells or submissions by what processes do",
    "class open EXPORT": "a class: from the export of a course system to marks",
    "compare LINE": "in every installed shell; where do they differ?",
    "doctor": "what does this machine permit?",
    "jupyter install": "a kernel for notebooks",
    "completions SHELL": "what makes Tab complete simpsh in that shell",
}
"""The words after `simpsh` that start something other than the shell, with their texts."""


def help_text() -> str:
    """Return what `simpsh --help` shows."""
    below = {f"simpsh {typed}": text for typed, text in ABOUT_SUBCOMMANDS.items()}
    last = "New here? Start simpsh, type `help`, and try  ls | wc -l  after  verbose 1."
    parts = [filled(ABOUT), table(OPTIONS.items()), table(below.items()), filled(last)]
    return "\n".join([own_usage(), *parts])


def own_usage() -> str:
    """Return how the shell is started."""
    return usage_text("simpsh", USAGE)
