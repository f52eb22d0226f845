"""The measurements: each function is one table."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tests.bench.shell_scripts import shells
from tests.bench.timing import Candidate, command
from tests.support.shells import simpsh_command

COMMANDS = 500


@dataclass(frozen=True)
class Case:
    """A table: its title, who takes part, whom the ratios refer to."""

    title: str
    candidates: Callable[[str], list[Candidate]]
    """Makes the candidates for a directory that they may fill."""
    against: str
    goal: str = ""


def real_python() -> str:
    """The interpreter itself in its environment, not a version manager's shim in front of it."""
    return (
        os.path.join(sysconfig.get_path("scripts"), "python")
        if sys.prefix != sys.base_prefix
        else os.path.realpath(sys.executable)
    )


def others() -> list[tuple[str, list[str]]]:
    """The other shells of this machine, without their start-up files."""
    found, _ = shells()
    return [(name, found[name]) for name in ("dash", "bash", "xonsh") if name in found]


def _script(directory: str, name: str, lines: Sequence[str]) -> str:
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path


def _scripts(
    directory: str, name: str, lines: Sequence[str], ours: Sequence[tuple[str, list[str]]]
) -> list[Candidate]:
    path = _script(directory, name, lines)
    candidates = [*ours, *((one, argv) for one, argv in others() if one != "xonsh")]
    return [Candidate(one, command([*argv, path], directory)) for one, argv in candidates]


def start_up(directory: str) -> list[Candidate]:
    argv = [*simpsh_command(), "-c", "true"]
    candidates = [
        Candidate("simpsh -c true", command(argv, directory, times=5, warm=3)),
        Candidate(
            "python -c pass", command([real_python(), "-c", "pass"], directory, times=5, warm=3)
        ),
    ]
    for name, shell in others():
        times = 1 if name == "xonsh" else 5
        candidates.append(Candidate(name, command([*shell, "-c", "true"], directory, times=times)))
    return candidates


def commands(directory: str) -> list[Candidate]:
    lines = ["/bin/true"] * COMMANDS
    shell = list(simpsh_command())
    narrated = os.path.join(directory, "narration")
    # A shell of its own opens the file, so that the narration costs what it costs a user.
    into_file = ["sh", "-c", 'exec "$0" "$@" 2>"$NARRATION"', *shell]
    ours = [
        ("simpsh", shell),
        ("simpsh --engine fork", [*shell, "--engine", "fork"]),
        (
            "simpsh --engine fork -v",
            ["env", f"NARRATION={narrated}", *into_file, "--engine", "fork", "-v"],
        ),
    ]
    return _scripts(directory, "commands", lines, ours)


def of_line(line: str, times: int, directory: str) -> list[Candidate]:
    shell = list(simpsh_command())
    ours = [("simpsh", shell), ("simpsh --engine fork", [*shell, "--engine", "fork"])]
    return _scripts(directory, "lines", [line] * times, ours)


def tracing(directory: str) -> list[Candidate]:
    """The cost of observation, compared with strace."""
    path = _script(directory, "traced", ["/bin/true"] * COMMANDS)
    recorded = ["trace", "-o", os.path.join(directory, "run.jsonl")]
    before = {"untraced": [], "strace -f": ["strace", "-f", "-o", os.devnull]}
    for level in ("events", "calls", "io"):
        before[f"level {level}"] = [*simpsh_command(), *recorded, "--level", level]
    return [
        Candidate(name, command([*words, "dash", path], directory))
        for name, words in before.items()
    ]


CASES = {
    "start": Case(
        "start-up, one empty command", start_up, "python -c pass", "simpsh ≤ 2.5 to 3 × python"
    ),
    "commands": Case(
        f"{COMMANDS} external commands",
        commands,
        "bash",
        "simpsh ≤ 1.0, fork ≤ 1.9 × bash, -v adds ≤ 25 %",
    ),
    "pipelines": Case(
        "200 pipelines of three stages",
        partial(of_line, "/bin/true | /bin/true | /bin/true", 200),
        "bash",
        "≤ 0.95 × bash",
    ),
    "substitutions": Case(
        "200 substitutions of a command",
        partial(of_line, "A=$(/bin/true)", 200),
        "bash",
        "≤ 1.0 × bash",
    ),
    "trace": Case(
        f"{COMMANDS} external commands in dash, looked at",
        tracing,
        "untraced",
        "events ≤ 1.8, calls ≤ 2.0, io ≤ 2.6 × untraced, none slower than strace",
    ),
}
"""Every measurement by its name on the command line."""
