"""The measurements: each function is one table."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from simpsh.trace.recording.recording_file import LEVELS
from simpsh.trace.tracer.syscall_events import followed_calls
from tests.bench import keyboard
from tests.bench.shell_scripts import shells
from tests.bench.timing import Candidate, command, processor_time
from tests.support.c_programs import compile_c
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


def traced_processes(directory: str) -> list[Candidate]:
    """The cost of a process at each level, compared with a tracer that only resumes."""
    path = _script(directory, "traced", ["/bin/true"] * COMMANDS)
    nothing = _script(directory, "nothing", [":"])
    recorded = ["trace", "-o", os.path.join(directory, "run.jsonl"), "--level"]
    before = {f"level {level}": [*simpsh_command(), *recorded, level] for level in LEVELS}
    before["untraced"] = []
    if shutil.which("gcc"):
        source = os.path.join(os.path.dirname(__file__), "empty_tracer.c")
        program = compile_c(source, os.path.join(directory, "empty_tracer"), "-O2")
        for level in ("calls", "io"):
            code = os.path.join(directory, f"filter-{level}")
            with open(code, "wb") as file:
                file.write(followed_calls(level).filter())
            before[f"stops of {level} alone"] = [program, code]
    return [
        Candidate(
            name, processor_time([*words, "dash", path], [*words, "dash", nothing], directory)
        )
        for name, words in before.items()
    ]


_BARE = """
from prompt_toolkit import PromptSession
from prompt_toolkit.lexers import PygmentsLexer
from simpsh.highlight.lexers import SimpshLexer
PromptSession(">> ", lexer=PygmentsLexer(SimpshLexer)).prompt()
"""
"""The least that a prompt of this library costs: no history, no completion, no jobs."""


def first_prompt(directory: str) -> list[Candidate]:
    bare = [real_python(), "-P", "-c", _BARE]
    candidates = [
        Candidate("simpsh", keyboard.first_prompt([*simpsh_command()], r"^>>$", directory)),
        Candidate("bare prompt_toolkit", keyboard.first_prompt(bare, r"^>>$", directory)),
    ]
    for name, argv in others():
        candidates.append(
            Candidate(name, keyboard.first_prompt([*argv, "-i"], keyboard.PROMPTS[name], directory))
        )
    return candidates


def keys(directory: str) -> list[Candidate]:
    folder = os.path.join(directory, "many")
    os.makedirs(folder, exist_ok=True)
    for number in range(10_000):
        with open(os.path.join(folder, f"file-{number:05}"), "w", encoding="utf-8"):
            continue
    typed = {"simpsh": ([*simpsh_command()], r"^>>$")}
    if bash := dict(others()).get("bash"):
        typed["bash"] = ([*bash, "-i"], keyboard.PROMPTS["bash"])
    return [
        Candidate(name, keyboard.key_press(argv, prompt, folder, directory))
        for name, (argv, prompt) in typed.items()
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
    "processes": Case(
        f"processor time of {COMMANDS} external commands in dash, looked at, without the start",
        traced_processes,
        "untraced",
        "calls ≤ 2.0 × untraced, events < calls < io",
    ),
    "prompt": Case(
        "first prompt, from exec to the screen",
        first_prompt,
        "bare prompt_toolkit",
        "simpsh ≤ 1.15 × bare",
    ),
    "keys": Case(
        "key press to screen, 99th percentile, 500-character line, folder of 10,000 files",
        keys,
        "bash",
        "< 20 ms",
    ),
}
"""Every measurement by its name on the command line."""
