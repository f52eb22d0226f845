"""Change one line at random and see whether a test fails: `python -m tools.mutants --count 20`.

A mutant is simpsh with one change in one line: a condition is inverted, a statement dropped, a
number off by one, a constant another. Tests run in a copy of the working tree, below build/mutants,
which has an environment of its own: first the near ones, which import the module or are named after
it or after a module that imports it; if they pass, the others of its room (tests/process for
simpsh/process). A mutant is killed by a test that fails twice with the change and passes without
it, so neither a busy machine nor a flaky test kills one. A change that makes a test hang is killed
by that test's time limit. Each survivor is a fact that no test proves, or it is equivalent.

`--seed` draws the same mutants again; the seed that the date gives is the default. `--room` draws
from one room only; otherwise each room has as many as its lines give it, and at least one.
"""

from __future__ import annotations

import argparse
import ast
import datetime
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from simpsh.base.record import Record
from simpsh.console import say, show_lines

REPOSITORY = Path(__file__).resolve().parents[1]
COPY = REPOSITORY / "build/mutants"

_OPPOSITE: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: ">=",
    ast.GtE: "<",
    ast.Gt: "<=",
    ast.LtE: ">",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
_NO_TEST = "the run of the tests"
_MOST_USERS = 12
"""A module that more modules import is not tried by their tests."""


class Mutant(Record):
    """One change of one expression or statement."""

    path: str
    """The module, from the root of the repository."""
    line: int
    begin: int
    end: int
    """Where the change is, in bytes from the beginning of the module."""
    old: str
    new: str


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Return the mutants of a module; a few may not be valid Python."""
    data = source.encode()
    starts = [0]
    for each in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(each))

    def mutant(first: ast.expr | ast.stmt, last: ast.expr | ast.stmt, new: str) -> Mutant:
        assert last.end_lineno is not None
        assert last.end_col_offset is not None
        begin = starts[first.lineno - 1] + first.col_offset
        end = starts[last.end_lineno - 1] + last.end_col_offset
        return Mutant(path, first.lineno, begin, end, data[begin:end].decode(), new)

    def text_of(node: ast.expr) -> str:
        return mutant(node, node, "").old

    found = []
    for node in _running_nodes(ast.parse(source)):
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                words = f"{text_of(left)} {_OPPOSITE[type(operator)]} {text_of(right)}"
                found.append(mutant(node, node, f"({words})"))
            case ast.BoolOp(values=values):
                joint = " and " if isinstance(node.op, ast.Or) else " or "
                new = joint.join(f"({text_of(value)})" for value in values)
                found.append(mutant(node, node, f"({new})"))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                found.append(mutant(node, node, f"bool({text_of(operand)})"))
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant):
                    found.append(mutant(test, test, f"(not {text_of(test)})"))
            case ast.Expr(value=ast.Call() | ast.Await() | ast.Yield()):
                found.append(mutant(node, node, "pass"))
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                found.append(mutant(value, value, "None"))
            case ast.Constant(value=value) if value not in (None, ..., "", b""):
                found.append(mutant(node, node, _other_constant(value)))
            case ast.AugAssign() | ast.Break() | ast.Continue() | ast.Delete() | ast.Raise():
                found.append(mutant(node, node, "pass"))
            case ast.AST():
                continue
    return found


def _other_constant(value: complex | str | bytes) -> str:
    match value:
        case bool():
            return repr(not value)
        case int():
            return f"({value + 1})"
        case float() | complex():
            return repr(value * 3 + 1)
        case str() | bytes():
            return repr(value[:-1])


def _running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs: no annotations, docstrings, parts of formatted strings, or imports."""
    for name, field in ast.iter_fields(tree):
        if name in ("annotation", "returns", "type_params"):
            continue
        for each in field if isinstance(field, list) else [field]:
            if not isinstance(each, ast.AST) or isinstance(each, ast.JoinedStr):
                continue
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                continue
            if isinstance(each, ast.If) and _is_for_types(each.test):
                continue
            if isinstance(each, ast.Assign) and _is_for_types(each.targets[0]):
                continue
            yield each
            yield from _running_nodes(each)


def _is_for_types(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def drawn(modules: dict[str, str], count: int, chance: random.Random) -> list[Mutant]:
    """Draw lines at random, at least one in each room, and one mutant of each."""
    by_line: dict[str, dict[tuple[str, int], list[Mutant]]] = {}
    for path, source in modules.items():
        for mutant in mutants_of(path, source):
            lines = by_line.setdefault(room_of(path), {})
            lines.setdefault((path, mutant.line), []).append(mutant)
    chosen = [(room, chance.choice(sorted(lines))) for room, lines in sorted(by_line.items())]
    rest = [(room, line) for room, lines in sorted(by_line.items()) for line in sorted(lines)]
    rest = [each for each in rest if each not in set(chosen)]
    chosen = chosen[:count]
    chosen += chance.sample(rest, min(len(rest), count - len(chosen)))
    mutants = []
    for room, (path, line) in chosen:
        valid = [each for each in by_line[room][path, line] if _is_valid(each, modules[path])]
        mutants += [chance.choice(valid)] if valid else []
    return mutants


def mutated(mutant: Mutant, source: bytes) -> bytes:
    """Return a module with the change."""
    return source[: mutant.begin] + mutant.new.encode() + source[mutant.end :]


def _is_valid(mutant: Mutant, source: str) -> bool:
    try:
        compile(mutated(mutant, source.encode()), mutant.path, "exec")
    except SyntaxError:
        return False
    return True


def room_of(path: str) -> str:
    """Return the folder below simpsh, such as "process"; "cli" for modules of its own folder."""
    parts = Path(path).parts
    return parts[1] if len(parts) > 2 else "cli"


def files_of(mutant: Mutant) -> tuple[list[str], list[str]]:
    """Return the test files that are near to the module, and the others of its room."""
    folder, _, name = mutant.path.removesuffix(".py").replace("/", ".").rpartition(".")
    imports = re.compile(rf"\b{folder}\.{name}\b|from {folder} import (\([^)]*|.*)\b{name}\b")
    users = [
        path.stem
        for path in (REPOSITORY / "simpsh").rglob("*.py")
        if imports.search(path.read_text())
    ]
    names = {name, *(users if len(users) <= _MOST_USERS else ())}
    near: list[tuple[bool, bool, bool, int, str]] = []
    inner = _innermost((REPOSITORY / mutant.path).read_text(), mutant.line)
    others, room = [], f"tests/{room_of(mutant.path)}/"
    for file in sorted((REPOSITORY / "tests").rglob("test_*.py")):
        text, stem = file.read_text(), file.stem.removeprefix("test_")
        path = str(file.relative_to(REPOSITORY))
        if stem in names or imports.search(text):
            near.append(
                (stem != name, inner not in text, not path.startswith(room), len(text), path)
            )
        elif path.startswith(room):
            others.append(path)
    return [path for *_, path in sorted(near)], others


def _innermost(source: str, line: int) -> str:
    """Return the name of the innermost public function or class around a line, or ""."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    around = [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, kinds) and node.lineno <= line <= (node.end_lineno or line)
    ]
    return ["", *(name for name in around if not name.startswith("_"))][-1]


def make_copy() -> None:
    """Copy what git knows and what is new, and set up an environment there."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True).stdout
    for folder in ("simpsh", "tests", "lessons"):
        shutil.rmtree(COPY / folder, ignore_errors=True)
    for name in filter(None, os.fsdecode(names).split("\0")):
        if (REPOSITORY / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, COPY / name, follow_symlinks=False)
    subprocess.run(["make", "-s", "-C", COPY, ".venv/ready"], check=True)


def run_tests(files: list[str], options: list[str], deadline: float) -> str:
    """Run test files, or one test, in the copy; return what failed first, or "".

    Raises:
        TimeoutError: The tests did not end before the deadline, a time of time.monotonic().
    """
    command = [".venv/bin/python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    # Each start of simpsh would compile the changed module again.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    with subprocess.Popen(
        [*command, *options, *files],
        cwd=COPY,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        errors="replace",
    ) as process:
        try:
            output, _ = process.communicate(timeout=deadline - time.monotonic())
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise TimeoutError from None
    if process.returncode in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
        return ""
    failed = [line for line in output.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[-1].split(" - ")[0] if failed else _NO_TEST


def try_mutant(mutant: Mutant, options: list[str], deadline: float) -> str:
    """Run the tests of a mutant; return what killed it, or "".

    Raises:
        TimeoutError: The tests did not end.
    """
    path = COPY / mutant.path
    source = path.read_bytes()
    left_out: list[str] = []
    for files, kind in product(filter(None, files_of(mutant)), ("not slow", "slow")):
        while True:
            path.write_bytes(mutated(mutant, source))
            try:
                failed = run_tests(files, ["-m", kind, *options, *left_out], deadline)
                if not failed:
                    break
                test = [failed.partition(" ")[2]] if failed != _NO_TEST else files
                again = run_tests(test, [], deadline)
            finally:
                path.write_bytes(source)
            if again and not run_tests(test, [], deadline):
                return failed
            say(f"    {failed}: not because of the change\n")
            if failed == _NO_TEST:
                break
            left_out += ["--deselect" if "::" in failed else "--ignore", *test]
    return ""


def main() -> int:
    """Draw mutants, try each, and print one row for each and the number killed."""
    parser = argparse.ArgumentParser(prog="tools.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20, help="how many mutants (default: 20)")
    today = int(datetime.date.today().strftime("%Y%m%d"))
    parser.add_argument("--seed", type=int, default=today, help="default: the date")
    parser.add_argument("--room", help="draw from simpsh/ROOM only")
    parser.add_argument("--jobs", type=int, default=1, help="test processes (default: 1)")
    parser.add_argument("--every", action="store_true", help="run all cases of sweeps")
    limit = "seconds by the clock for each mutant; then it is undecided (default: 3600)"
    parser.add_argument("--limit", type=float, default=3600.0, help=limit)
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    options = parser.parse_args()
    modules = {
        str(path.relative_to(REPOSITORY)): path.read_text()
        for path in sorted((REPOSITORY / "simpsh").rglob("*.py"))
    }
    if options.room:
        modules = {path: text for path, text in modules.items() if room_of(path) == options.room}
    mutants = drawn(modules, options.count, random.Random(options.seed))
    say(f"{len(mutants)} mutants, --seed {options.seed}\n")
    if options.list:
        show_lines(_row(mutant) for mutant in mutants)
        return 0
    make_copy()
    given = ["--every"] if options.every else []
    given += ["-n", str(options.jobs)] if options.jobs > 1 else []
    verdicts: Counter[tuple[str, str]] = Counter()
    for number, mutant in enumerate(mutants, 1):
        show_lines([f"{number:3} {_row(mutant)}"])
        begin = _seconds_of_tests()
        try:
            reason = try_mutant(mutant, given, time.monotonic() + options.limit)
            verdict = "killed" if reason else "SURVIVED"
        except TimeoutError:
            reason, verdict = "", "UNDECIDED"
        verdicts[room_of(mutant.path), verdict] += 1
        by = f" by {reason}" if reason else ""
        show_lines([f"    {verdict}{by}, {_seconds_of_tests() - begin:.0f} s of a processor"])
    show_lines(f"{room}: {count} {verdict}" for (room, verdict), count in sorted(verdicts.items()))
    return 0


def _seconds_of_tests() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _row(mutant: Mutant) -> str:
    old, new = (" ".join(text.split())[:60] for text in (mutant.old, mutant.new))
    return f"{mutant.path}:{mutant.line}: {old} → {new}"


if __name__ == "__main__":
    sys.exit(main())
