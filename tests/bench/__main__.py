"""`python -m tests.bench [--rounds N]`: twelve scripts in all installed shells; tracing.

Each round runs every candidate once, so that a slow minute of the machine affects all of them; the
median ignores a single interruption. The times are printed and not judged.
"""

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

from tests.harness.sh import PROJECT, simpsh_command

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
"""Maps names to scripts. A loop's test runs a program if the shell has no builtin for it."""

SHELLS = {
    "simpsh": [*simpsh_command()],
    "dash": ["dash"],
    "bash": ["bash", "--norc", "--noprofile"],
    "busybox": ["busybox", "sh"],
    "mksh": ["mksh"],
    "zsh": ["zsh", "-f"],
}
LEVELS = "events", "calls", "io"
PATH = os.pathsep.join((os.path.dirname(sys.executable), "/usr/local/bin", "/usr/bin", "/bin"))


def seconds(argv: Sequence[str], directory: str) -> float | str:
    """Return how long a command takes, or why it failed."""
    own = {"PATH": PATH, "HOME": directory, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
    start = time.perf_counter()
    try:
        done = subprocess.run(
            argv, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, env=own, timeout=120
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return time.perf_counter() - start if not done.returncode else f"status {done.returncode}"


def medians(
    commands: Mapping[str, Sequence[str]], directory: str, rounds: int
) -> dict[str, float | str]:
    """Run A B C, A B C, …; return the median of each, or why it cannot be measured."""
    taken: dict[str, list[float | str]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, argv in commands.items():
            taken[name].append(seconds(argv, directory))
    problems = {name: one for name in taken for one in taken[name] if isinstance(one, str)}
    return {name: problems.get(name) or statistics.median(taken[name]) for name in taken}


def scripts_table(directory: str, rounds: int) -> str:
    """Return the milliseconds of each script in each shell, and simpsh's ratio to bash."""
    found = {name: argv for name, argv in SHELLS.items() if shutil.which(argv[0], path=PATH)}
    lines = [f"{'milliseconds':18}" + "".join(f"{shell:>9}" for shell in (*found, "ratio"))]
    path = os.path.join(directory, "script")
    for name, text in SCRIPTS.items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        results = medians({it: [*argv, path] for it, argv in found.items()}, directory, rounds)
        numbers = {it: value for it, value in results.items() if isinstance(value, float)}
        row = "".join(
            f"{numbers[it] * 1000:>9.1f}" if it in numbers else f"{'–':>9}" for it in found
        )
        ratio = numbers.get("simpsh", 0) / numbers["bash"] if "bash" in numbers else 0
        lines.append(f"{name:18}{row}{ratio:>7.2f} ×")
        lines += [f"  {name}, {it}: {results[it]}" for it in results.keys() - numbers]
    lines += [f"  {shell}: not installed" for shell in SHELLS if shell not in found]
    return "\n".join(lines)


def tracing_table(directory: str, rounds: int, commands: int = 500) -> str:
    """Return the milliseconds of a dash script: untraced, under strace, and at each level."""
    path = os.path.join(directory, "traced")
    with open(path, "w", encoding="utf-8") as file:
        file.write("/bin/true\n" * commands)
    traced = [*simpsh_command(), "trace", "-o", os.path.join(directory, "run.jsonl"), "--level"]
    prefixes = {"untraced": [], "strace -f": ["strace", "-f", "-o", os.devnull]}
    prefixes |= {f"level {level}": [*traced, level] for level in LEVELS}
    argvs = {name: [*words, "dash", path] for name, words in prefixes.items()}
    lines = [f"{commands} commands of dash in milliseconds, with the ratio to the untraced run"]
    results = medians(argvs, directory, rounds)
    for name, taken in results.items():
        is_number = isinstance(taken, float)
        ratio = f"{taken * 1000:>9.1f}{taken / results['untraced']:>7.2f} ×" if is_number else taken
        lines.append(f"  {name:<12}{ratio}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    # Stale or missing bytecode would be compiled at each start and hide everything else.
    compileall.compile_dir(os.path.join(PROJECT, "simpsh"), quiet=2)
    load, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
    version = sys.version.split()[0]
    print(f"Python {version}, Linux {os.uname().release}, {cores} cores, load {load:.2f}")
    if load > 0.3 * cores:
        print("The machine is NOT quiet: compare ratios at most, and measure again.", flush=True)
    with tempfile.TemporaryDirectory(prefix="simpsh-bench-") as directory:
        print("\n" + tracing_table(directory, rounds), flush=True)
        print("\n" + scripts_table(directory, rounds))


if __name__ == "__main__":
    main()
