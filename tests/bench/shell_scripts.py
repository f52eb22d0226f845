"""Twelve scripts that every shell reads, timed side by side: a row a script, a column a shell."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence

from tests.bench.timing import Candidate, Result, command, interleave
from tests.support.shells import simpsh_command

SCRIPTS = {
    "start": ":",
    "builtins": "cd .\n" * 2000,
    "external commands": "/bin/true\n" * 100,
    "pipelines": "/bin/true | /bin/true | /bin/true\n" * 30,
    "substitutions": "x=$(/bin/true)\n" * 60,
    "redirections": ": >f\n: >>f\n: <f 2>&1\n" * 500,
    "here-documents": "cat <<EOF\nx\nEOF\n" * 60,
    "background, wait": "/bin/true & /bin/true & /bin/true & wait\n" * 30,
    "loop": "i=0\nwhile [ $i -lt 60 ]; do i=$((i + 1)); done\n",
    "for, case": (
        "for i in 0 1 2 3 4 5 6 7 8 9; do for j in 0 1 2 3 4 5 6 7 8 9; do\n"
        "for k in 0 1 2 3 4 5 6 7 8 9; do\n"
        "case $i$j$k in *7*) n=$k;; *) : ;; esac\ndone; done; done\n"
    ),
    "functions": "f() { x=$1; }\nfor i in 0 1 2 3 4 5 6 7 8 9; do\n"
    + "f a b; f $i c\n" * 50
    + "done\n",
    "expansion": (
        "p=/usr/local/lib/libsome.so.6\ni=0\nfor a in 0 1 2 3 4 5 6 7 8 9; do\n"
        + ": ${p##*/} ${p%/*} ${q:-no} ${#p} $((i * 3 + a % 4))\n" * 50
        + "done\n"
    ),
}
"""Each script by its name. A loop's test is a program if the shell has no builtin for it."""

IN_XONSH = frozenset(("external commands", "pipelines"))
"""The scripts that mean the same in the language of xonsh."""


def shells() -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the shells that take part, and for the others why they do not."""
    found: dict[str, list[str]] = {"simpsh": list(simpsh_command())}
    missing = {}
    path = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", os.defpath)
    for name, options in (
        ("dash", []),
        ("bash", ["--norc", "--noprofile"]),
        ("busybox", ["sh"]),
        ("mksh", []),
        ("zsh", ["-f"]),
        ("xonsh", ["--no-rc"]),
    ):
        program = shutil.which(name, path=path)
        if program is None:
            missing[name] = "not installed"
        else:
            found[name] = [program, *options]
    return found, missing


def measure(
    directory: str, rounds: int, progress: Callable[[str, int], None] = lambda _name, _round: None
) -> str:
    """Run every script in every shell, interleaved, and return the table of medians."""
    found, missing = shells()
    rows = []
    for name, text in SCRIPTS.items():
        path = os.path.join(directory, "script")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        candidates = [
            Candidate(shell, command([*argv, path], directory))
            for shell, argv in found.items()
            if shell != "xonsh" or name in IN_XONSH
        ]
        rows.append((name, interleave(candidates, rounds, lambda n, name=name: progress(name, n))))
    return table(list(found), rows, missing)


def table(
    shells: Sequence[str], rows: Sequence[tuple[str, Sequence[Result]]], missing: dict[str, str]
) -> str:
    """Return the matrix: milliseconds, and after each simpsh figure its ratio to bash."""
    width = max(len(name) for name, _ in rows)
    lines = [
        "scripts in milliseconds (medians; of simpsh also the ratio to bash)",
        f"  {'':<{width}}  " + "".join(f"{one:>9}" + " " * 9 * (one == "simpsh") for one in shells),
    ]
    problems = []
    for name, results in rows:
        by_shell = {result.name: result for result in results}
        line = f"  {name:<{width}}  "
        for shell in shells:
            line += _cell(by_shell.get(shell)) + _ratio(shell, by_shell)
        lines.append(line.rstrip())
        problems += [f"  {name}, {one.name}: {one.problem}" for one in results if one.problem]
    lines += problems
    lines += [f"  {shell}: {reason}" for shell, reason in missing.items()]
    if "xonsh" in shells:
        lines.append("  xonsh: the other scripts are no programs of its language")
    return "\n".join(lines)


def _cell(result: Result | None) -> str:
    return f"{'–':>9}" if result is None or result.problem else f"{result.median * 1000:>9.1f}"


def _ratio(shell: str, results: dict[str, Result]) -> str:
    if shell != "simpsh":
        return ""
    ours, bash = results.get("simpsh"), results.get("bash")
    if ours is None or bash is None or ours.problem or bash.problem:
        return " " * 9
    return f"  {ours.median / bash.median:>5.2f} ×"
