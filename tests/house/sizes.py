"""How large the house is. `python -m tests.house.sizes` prints it; a test holds the limits."""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.house.source_tree import HOUSE, TESTS, modules_below, nodes_of, shown


@dataclass(frozen=True)
class Sizes:
    """What is counted in `simpsh/`."""

    lines: int
    modules: int
    named_once: list[str]
    """Private functions that their file names once outside their `def`."""
    wildcards: list[str]
    """Matches over kinds (patterns of our own classes) with a case for all the rest."""


def lines_below(root: Path) -> int:
    """Return the number of lines of all Python files in a folder."""
    return sum(len(path.read_text().splitlines()) for path in modules_below(root))


def measure() -> Sizes:
    """Count what `simpsh/` holds."""
    named_once, wildcards = [], []
    paths = modules_below(HOUSE)
    for path in paths:
        nodes = nodes_of(path)
        named_once += [f"{shown(path)}: {name}" for name in private_functions_named_once(nodes)]
        wildcards += [f"{shown(path)}:{line}" for line in wildcards_over_kinds(nodes)]
    return Sizes(lines_below(HOUSE), len(paths), named_once, wildcards)


def private_functions_named_once(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yield each private function of a file that has one place where it is named."""
    names: Counter[str] = Counter()
    functions = []
    for node in nodes:
        match node:
            case ast.Name(name) | ast.Attribute(attr=name):
                names[name] += 1
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) if re.match(r"_[^_]", name):
                functions.append(name)
    yield from (name for name in functions if names[name] == 1)


def wildcards_over_kinds(nodes: Sequence[ast.AST]) -> Iterator[int]:
    """Yield the line of each case for whatever is not named, in matches over kinds."""
    for node in nodes:
        if isinstance(node, ast.Match) and any(_is_kind(part) for part in ast.walk(node)):
            yield from (
                case.pattern.lineno
                for case in node.cases
                if isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
            )


def _is_kind(node: ast.AST) -> bool:
    """Return whether a pattern asks for one of our classes, not for `int()` or `str()`."""
    return isinstance(node, ast.MatchClass) and not hasattr(builtins, ast.unparse(node.cls))


def files_that_name(word: str) -> list[str]:
    """Return the files of `simpsh/` in which a word occurs."""
    pattern = re.compile(rf"\b{word}\b")
    return [shown(path) for path in modules_below(HOUSE) if pattern.search(path.read_text())]


def local_names(name: str) -> list[str]:
    """Return the places of `simpsh/` where a variable or a parameter has this name."""
    return [
        f"{shown(path)}:{node.lineno}"
        for path in modules_below(HOUSE)
        for node in nodes_of(path)
        if (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.arg) and node.arg == name)
    ]


def report() -> Iterator[str]:
    """Yield the lines that `python -m tests.house.sizes` prints: the whole, then each room."""
    sizes = measure()
    yield f"simpsh/: {sizes.lines} lines, {sizes.modules} modules"
    yield f"tests/: {lines_below(TESTS)} lines"
    yield f"private functions named once outside their def: {len(sizes.named_once)}"
    yield f"matches over kinds with a wildcard: {len(sizes.wildcards)}"
    yield f"variables named `one`: {len(local_names('one'))}"
    for word in ("NotShown", "Compare", "SetPgid"):
        yield f"files that name {word}: {len(files_that_name(word))}"
    rooms = Counter(Path(place.partition(":")[0]).parts[1] for place in sizes.named_once)
    for folder in sorted(path for path in HOUSE.iterdir() if (path / "__init__.py").exists()):
        count = len(modules_below(folder))
        yield (
            f"  {folder.name}: {lines_below(folder)} lines, {count} modules, "
            f"{rooms[folder.name]} named once"
        )


if __name__ == "__main__":
    print(*report(), sep="\n")
