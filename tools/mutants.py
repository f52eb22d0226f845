"""Change one line at random and see whether a test fails: `python -m tools.mutants --count 20`.

A mutant is simpsh with one change in one line: a condition is inverted, a statement dropped, a
number off by one, a constant another. Tests run in a copy of the working tree, below build/mutants,
which has an environment of its own. First one run of the rooms' tests notes which tests run the
lines that will change, of all mutants at once. Then each mutant is tried by the tests that run its
line. If the line runs when its module is imported, or in a process without the test's environment,
these are the tests that import the module or are named after it or after a module that imports it,
and then the others of its room.

A mutant is killed by a test that fails twice with the change and passes without it, so neither a
busy machine nor a flaky test kills one. A change that makes a test hang is killed by that test's
time limit. Each survivor is a fact that no test proves, or it is equivalent. A mutant whose tests
need more than `--limit` seconds of a processor is undecided.

`--seed` draws the same mutants again; the seed that the date gives is the default. `--room` draws
from one room only; otherwise each room has as many as its lines give it, and at least one. Numbers
try only some of the mutants drawn; `--noted` takes what an earlier run has noted.
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
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import pytest

from simpsh.base.record import Record
from simpsh.console import say, show_lines

REPOSITORY = Path(__file__).resolve().parents[1]
COPY = REPOSITORY / "build/mutants"
NOTES = COPY / "build/notes"

_PROBE = "mutant_probe"
_PROBE_SOURCE = '''"""Notes which test runs a line."""

import os
import sys
from inspect import CO_OPTIMIZED

_noted = set()


def note(number):
    test = os.environ.get("PYTEST_CURRENT_TEST", "? ").rpartition(" ")[0]
    is_collecting = test == "?" and "PYTEST_VERSION" in os.environ
    # Every test runs what runs when a module is imported: only code of functions is noted.
    if is_collecting or not sys._getframe(1).f_code.co_flags & CO_OPTIMIZED:
        return
    if (number, test) not in _noted:
        _noted.add((number, test))
        try:
            file = os.open({notes!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
            os.write(file, f"{{number}} {{test}}\\n".encode())
            os.close(file)
        except OSError:
            return
'''

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
_FIRST_GROUP = 20
_MOST_USERS = 12
"""A module that more modules import is not tried by their tests."""


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
    return _compiles(mutated(mutant, source.encode()), mutant.path)


def _compiles(source: bytes, path: str) -> bool:
    try:
        compile(source, path, "exec")
    except SyntaxError:
        return False
    return True


def room_of(path: str) -> str:
    """Return the folder below simpsh, such as "process"; "cli" for modules of its own folder."""
    parts = Path(path).parts
    return parts[1] if len(parts) > 2 else "cli"


def files_of(mutant: Mutant, tree: Path = REPOSITORY) -> tuple[list[str], list[str]]:
    """Return the test files that are near to the module, and the others of its room.

    The spec files, which show what simpsh prints, are among the others of every room.
    """
    folder, _, name = mutant.path.removesuffix(".py").replace("/", ".").rpartition(".")
    imports = re.compile(rf"\b{folder}\.{name}\b|from {folder} import (\([^)]*|.*)\b{name}\b")
    users = [
        path.stem for path in (tree / "simpsh").rglob("*.py") if imports.search(path.read_text())
    ]
    names = {name, *(users if len(users) <= _MOST_USERS else ())}
    near: list[tuple[bool, bool, bool, int, str]] = []
    inner = _innermost((tree / mutant.path).read_text(), mutant.line)
    others, room = [], f"tests/{room_of(mutant.path)}/"
    for file in sorted((tree / "tests").rglob("test_*.py")):
        text, stem = file.read_text(), file.stem.removeprefix("test_")
        path = str(file.relative_to(tree))
        if stem in names or imports.search(text):
            near.append(
                (stem != name, inner not in text, not path.startswith(room), len(text), path)
            )
        elif path.startswith(room):
            others.append(path)
    others += sorted(str(file.relative_to(tree)) for file in (tree / "tests").rglob("*.spec"))
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


def probed(source: str, mutants: Sequence[tuple[int, Mutant]]) -> str:
    """Return a module that notes which test runs the code that a mutant changes.

    A place that allows no call, such as a pattern of `match`, is not changed.
    """
    data = source.encode()
    insertions: list[tuple[int, int, bytes]] = []
    for number, mutant in mutants:
        length = mutant.end - mutant.begin
        note = f"__import__('simpsh.{_PROBE}').{_PROBE}.note({number})"
        if mutant.new == "pass":
            added = [(mutant.begin, -length, f"{note}; ".encode())]
        else:
            added = [(mutant.begin, -length, f"({note}, ".encode()), (mutant.end, length, b")[1]")]
        # At one offset, the end of an inner expression is inserted first, and the beginning last.
        candidate = sorted([*insertions, *added], key=lambda each: each[:2])
        if _compiles(_inserted(data, candidate), mutant.path):
            insertions = candidate
    return _inserted(data, insertions).decode()


def _inserted(data: bytes, insertions: Sequence[tuple[int, int, bytes]]) -> bytes:
    parts, begin = [], 0
    for position, _, text in insertions:
        parts += [data[begin:position], text]
        begin = position
    return b"".join([*parts, data[begin:]])


def note_tests(mutants: Sequence[Mutant], options: list[str]) -> None:
    """Run the tests of the mutants' rooms once, with a probe at the place of each mutant."""
    NOTES.unlink(missing_ok=True)
    (COPY / f"simpsh/{_PROBE}.py").write_text(_PROBE_SOURCE.format(notes=str(NOTES)))
    by_path: dict[str, list[tuple[int, Mutant]]] = {}
    files: set[str] = set()
    for number, mutant in enumerate(mutants, 1):
        by_path.setdefault(mutant.path, []).append((number, mutant))
        files |= {*chain(*files_of(mutant, COPY))}
    sources = {path: (COPY / path).read_bytes() for path in by_path}
    try:
        for path, placed in by_path.items():
            (COPY / path).write_text(probed(sources[path].decode(), placed))
        run_tests(sorted(files), options, stop_at_failure=False)
    finally:
        for path, source in sources.items():
            (COPY / path).write_bytes(source)
        (COPY / f"simpsh/{_PROBE}.py").unlink()


def noted_tests(number: int) -> list[str]:
    """Return the tests that ran the place of a mutant, in the order in which they ran.

    "?" stands for tests that gave a process no environment.
    """
    lines = NOTES.read_text(errors="replace").splitlines() if NOTES.exists() else []
    rows = (line.partition(" ") for line in lines)
    tests = (test for head, _, test in rows if head == str(number))
    return [*dict.fromkeys(map(_wholly, tests))]


def _wholly(test: str) -> str:
    """Return a test, or the spec file of a case: a file is played once, in its first case."""
    return test.partition("::")[0] if ".spec::" in test else test


def run_tests(tests: list[str], options: list[str], *, stop_at_failure: bool = True) -> str:
    """Run test files, or tests, in the copy; return what failed first, or ""."""
    command = [".venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    command += ["-x"] if stop_at_failure else []
    (COPY / "build").mkdir(exist_ok=True)
    (COPY / "build/tests").write_text("".join(f"{test}\n" for test in tests))
    ended = subprocess.run(
        [*command, "@build/tests"],
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


def try_mutant(mutant: Mutant, noted: list[str], options: list[str], limit: float) -> str:
    """Run the tests of a mutant; return what killed it, or "".

    Raises:
        TimeoutError: The tests need more seconds of a processor.
    """
    path = COPY / mutant.path
    source = path.read_bytes()
    left_out: list[str] = []
    begin = _seconds_of_tests()
    for tests in _groups(mutant, noted):
        while True:
            if _seconds_of_tests() - begin > limit:
                raise TimeoutError
            path.write_bytes(mutated(mutant, source))
            try:
                failed = run_tests(tests, [*options, *left_out])
                if not failed:
                    break
                test = [_wholly(failed.partition(" ")[2])] if failed != _NO_TEST else tests
                again = run_tests(test, [])
            finally:
                path.write_bytes(source)
            if again and not run_tests(test, []):
                return failed
            say(f"    {failed}: not because of the change\n")
            if failed == _NO_TEST:
                break
            left_out += ["--deselect" if "::" in failed else "--ignore", *test]
    return ""


def _groups(mutant: Mutant, noted: list[str]) -> Iterator[list[str]]:
    """Yield the tests of a mutant, the near ones first, in groups that need not run all."""
    # The working tree may have other tests by now.
    near, others = files_of(mutant, COPY)
    place = {file: number for number, file in enumerate(near)}
    named = [test for test in noted if test != "?"]
    named.sort(key=lambda test: place.get(test.partition("::")[0], len(near)))
    size = _FIRST_GROUP
    while named:
        yield named[:size]
        named, size = named[size:], size * 4
    if not noted or "?" in noted:
        yield from filter(None, (near, others))


def main() -> int:
    """Draw mutants, try each, and print one row for each and the number killed."""
    parser = argparse.ArgumentParser(prog="tools.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20, help="how many mutants (default: 20)")
    today = int(datetime.date.today().strftime("%Y%m%d"))
    parser.add_argument("--seed", type=int, default=today, help="default: the date")
    parser.add_argument("--room", help="draw from simpsh/ROOM only")
    parser.add_argument("--jobs", type=int, default=1, help="test processes (default: 1)")
    limit = "seconds of a processor for each mutant; then it is undecided (default: 300)"
    parser.add_argument("--limit", type=float, default=300.0, help=limit)
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    parser.add_argument("--noted", action="store_true", help="take the notes of an earlier run")
    parser.add_argument("numbers", type=int, nargs="*", help="which of them (default: all)")
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
        show_lines(f"{number:3} {_row(mutant)}" for number, mutant in enumerate(mutants, 1))
        return 0
    make_copy()
    given = ["-n", str(options.jobs)] if options.jobs > 1 else []
    if not options.noted:
        note_tests(mutants, given)
        show_lines([f"noted which tests run the lines: {_seconds_of_tests():.0f} s of a processor"])
    verdicts: Counter[tuple[str, str]] = Counter()
    for number, mutant in enumerate(mutants, 1):
        if options.numbers and number not in options.numbers:
            continue
        show_lines([f"{number:3} {_row(mutant)}"])
        begin = _seconds_of_tests()
        try:
            reason = try_mutant(mutant, noted_tests(number), given, options.limit)
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
