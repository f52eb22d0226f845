"""Change one line at random and see whether a test fails: `python -m tools.mutants --count 20`.

A mutant is simpsh with one change in one line: a condition is inverted, a statement dropped, a
number off by one, a constant another. Rooms have their turns, so that each has as many as another.
Tests run in a copy of the working tree, below build/mutants, which has an environment of its own.
Each mutant is tried by the tests that `make t` would choose for its module.

A mutant is killed by a test that fails twice with the change and passes without it, so neither a
busy machine nor a flaky test kills one. A change that makes a test hang is killed by that test's
time limit. Each survivor is a fact that no test proves, or it is equivalent. `--seed` draws the
same mutants again; the seed that the date gives is the default.
"""

from __future__ import annotations

import argparse
import ast
import datetime
import os
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import grimp
import pytest

from simpsh.base.record import Record
from simpsh.console import show_lines
from tools.touched_tests import REPOSITORY, tests_of

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


class Mutant(Record):
    """One change of one expression or statement."""

    path: str
    """The module, from the root of the repository."""
    line: int
    begin: int
    end: int
    """The changed bytes of the module, as offsets."""
    old: str
    new: str

    @property
    def row(self) -> str:
        """The mutant in a line."""
        old, new = (" ".join(text.split())[:60] for text in (self.old, self.new))
        return f"{self.path}:{self.line}: {old} → {new}"

    def put_into(self, source: bytes) -> bytes:
        """Return the module with the change."""
        return source[: self.begin] + self.new.encode() + source[self.end :]


def mutants_of(path: str, source: str) -> Iterator[Mutant]:
    """Yield the mutants of a module; a few may not be valid Python."""
    data = source.encode()
    starts = [0]
    for each in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(each))
    for node in _running_nodes(ast.parse(source)):
        found = _change(node)
        if found is not None and isinstance(node, ast.expr | ast.stmt):
            changed, new = found
            begin = starts[changed.lineno - 1] + changed.col_offset
            end = starts[(changed.end_lineno or 0) - 1] + (changed.end_col_offset or 0)
            yield Mutant(path, changed.lineno, begin, end, data[begin:end].decode(), new)


def _change(node: ast.AST) -> tuple[ast.expr | ast.stmt, str] | None:
    """Return a part of a node and the text that is to replace it."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            words = (ast.unparse(left), _OPPOSITE[type(operator)], ast.unparse(right))
            return node, f"({' '.join(words)})"
        case ast.BoolOp(values=values):
            joint = " and " if isinstance(node.op, ast.Or) else " or "
            return node, f"({joint.join(f'({ast.unparse(value)})' for value in values)})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return node, f"bool({ast.unparse(operand)})"
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant):
                return test, f"(not {ast.unparse(test)})"
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            return value, "None"
        case ast.Constant(value=value) if value not in (None, ..., "", b""):
            return node, _other_constant(value)
        case ast.AugAssign() | ast.Break() | ast.Continue() | ast.Delete() | ast.Raise():
            return node, "pass"
        case ast.Expr(value=ast.Call() | ast.Await() | ast.Yield()):
            return node, "pass"
        case _:
            pass
    return None


def _other_constant(value: complex | str | bytes) -> str:
    match value:
        case bool():
            return repr(not value)
        case str() | bytes():
            return repr(value[:-1])
        case _:
            return f"({value} + 1)"


def _running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs: no annotations, docstrings, parts of formatted strings, or imports."""
    for name, field in ast.iter_fields(tree):
        if name in ("annotation", "returns", "type_params"):
            continue
        for each in field if isinstance(field, list) else [field]:
            match each:
                case ast.JoinedStr() | ast.Expr(value=ast.Constant()):
                    continue
                case ast.If(test=ast.Name("TYPE_CHECKING")):
                    continue
                case ast.Assign(targets=[ast.Name("TYPE_CHECKING")]):
                    continue
                case ast.AST():
                    yield each
                    yield from _running_nodes(each)
                case _:
                    # A name, a number or nothing.
                    continue


def drawn(modules: Mapping[str, str], count: int, chance: random.Random) -> list[Mutant]:
    """Draw mutants from each room in turn."""
    rooms: dict[str, list[Mutant]] = {}
    for path, source in modules.items():
        rooms.setdefault(room_of(path), []).extend(mutants_of(path, source))
    for mutants in rooms.values():
        chance.shuffle(mutants)
    found: list[Mutant] = []
    while len(found) < count and any(rooms.values()):
        for mutants in rooms.values():
            while mutants:
                mutant = mutants.pop()
                if _is_valid(mutant, modules[mutant.path]):
                    found.append(mutant)
                    break
    return found[:count]


def _is_valid(mutant: Mutant, source: str) -> bool:
    try:
        compile(mutant.put_into(source.encode()), mutant.path, "exec")
    except SyntaxError:
        return False
    return True


def room_of(path: str) -> str:
    """Return the folder below simpsh, such as "process"; "cli" for modules of its own folder."""
    parts = Path(path).parts
    return parts[1] if len(parts) > 2 else "cli"


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


def run_tests(tests: Sequence[str], options: Sequence[str]) -> str:
    """Run test files, or tests, in the copy; return what failed first, or ""."""
    command = [".venv/bin/python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *options]
    ended = subprocess.run(
        [*command, *tests],
        cwd=COPY,
        # Each start of simpsh would compile the changed module again.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        check=False,
        text=True,
        errors="replace",
    )
    if ended.returncode in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
        return ""
    failed = [line for line in ended.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[-1].split(" - ")[0] if failed else _NO_TEST


def try_mutant(mutant: Mutant, tests: Sequence[str], options: Sequence[str]) -> str:
    """Run the tests of a mutant; return what killed it, or ""."""
    path = COPY / mutant.path
    source = path.read_bytes()
    left_out: list[str] = []
    while True:
        path.write_bytes(mutant.put_into(source))
        try:
            failed = run_tests(tests, [*options, *left_out])
            # A spec file is played once, in its first case.
            name = failed.partition(" ")[2]
            test = name.partition("::")[0] if ".spec::" in name else name
            again = run_tests([test], []) if failed not in ("", _NO_TEST) else failed
        finally:
            path.write_bytes(source)
        if failed in ("", _NO_TEST) or (again and not run_tests([test], [])):
            return failed
        show_lines([f"    {failed}: not because of the change"])
        left_out += ["--deselect" if "::" in test else "--ignore", test]


def main() -> None:
    """Draw mutants, try each, and print one row for each and the number killed."""
    parser = argparse.ArgumentParser(prog="tools.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20, help="how many mutants (default: 20)")
    today = int(datetime.date.today().strftime("%Y%m%d"))
    parser.add_argument("--seed", type=int, default=today, help="default: the date")
    parser.add_argument("--room", help="draw from simpsh/ROOM only")
    parser.add_argument("--jobs", type=int, default=1, help="test processes (default: 1)")
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    options = parser.parse_args()
    paths = sorted(REPOSITORY.joinpath("simpsh").rglob("*.py"))
    modules = {str(path.relative_to(REPOSITORY)): path.read_text() for path in paths}
    if options.room:
        modules = {path: text for path, text in modules.items() if room_of(path) == options.room}
    mutants = drawn(modules, options.count, random.Random(options.seed))
    show_lines([f"{len(mutants)} mutants, --seed {options.seed}"])
    if options.list:
        show_lines(mutant.row for mutant in mutants)
        return
    make_copy()
    imports = grimp.build_graph("simpsh", "tests", cache_dir=None)
    given = ["-n", str(options.jobs)] if options.jobs > 1 else []
    verdicts: Counter[tuple[str, str]] = Counter()
    for mutant in mutants:
        show_lines([mutant.row])
        tests = sorted({*tests_of(mutant.path, imports)})
        killer = try_mutant(mutant, tests, given) if tests else ""
        verdict = "killed" if killer else "SURVIVED"
        verdicts[room_of(mutant.path), verdict] += 1
        show_lines([f"    {verdict} by {killer}" if killer else f"    {verdict}"])
    show_lines(f"{room}: {count} {verdict}" for (room, verdict), count in sorted(verdicts.items()))


if __name__ == "__main__":
    main()
