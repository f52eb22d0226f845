"""Rules of the code: every name is used, a match names each kind, and each call exists.

One file, so that `simpsh/` is parsed once.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from itertools import chain

import pytest

from simpsh.kernel.machine.syscall_table import ARCHITECTURE, NUMBERS
from tests.house.source_tree import HOUSE, ROOT, modules_below, nodes_of, shown


def wildcards_over_kinds(nodes):
    """Yield the line of each wildcard case in a match over our own classes."""
    for node in nodes:
        if isinstance(node, ast.Match) and any(map(is_kind, ast.walk(node))):
            yield from (
                case.pattern.lineno
                for case in node.cases
                if isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
            )


def is_kind(node):
    """Return whether a pattern names one of our classes, not a built-in type such as `int()`."""
    return isinstance(node, ast.MatchClass) and not hasattr(builtins, ast.unparse(node.cls))


def test_a_match_over_kinds_names_each_kind():
    wildcards = [
        f"{shown(path)}:{line}"
        for path in modules_below(HOUSE)
        for line in wildcards_over_kinds(nodes_of(path))
    ]
    assert wildcards == []


MATCHES = """
match value:
    case Fork():
        a = 1
    case _:
        a = 2

match 1:
    case int():
        pass
    case _:
        pass
"""


def test_a_wildcard_over_kinds_is_found():
    assert [*wildcards_over_kinds(ast.walk(ast.parse(MATCHES)))] == [5]


def compared_calls(nodes):
    """Yield the names that a variable or attribute `call` is compared with."""
    for node in nodes:
        match node:
            case ast.Compare(left=ast.Name("call") | ast.Attribute(attr="call")):
                for text in chain(*map(ast.walk, node.comparators)):
                    if isinstance(text, ast.Constant) and isinstance(text.value, str):
                        yield text.value


@pytest.mark.skipif(ARCHITECTURE != "x86_64", reason="others have no number for older calls")
def test_each_call_that_the_code_asks_for_exists():
    paths = [path for room in ("explore", "process") for path in modules_below(HOUSE / room)]
    unknown = [
        f"{shown(path)}: {name}"
        for path in paths
        for name in compared_calls(nodes_of(path))
        if name not in NUMBERS
    ]
    assert unknown == []


def test_the_calls_that_code_asks_for_are_found():
    asked = ast.walk(ast.parse("if stop.call in ('read', 'wead') or call == 'dup': other == 'x'"))
    assert [*compared_calls(asked)] == ["read", "wead", "dup"]


# A function, method or class counts as unused when its name occurs nowhere in the project – code,
# lessons, tests, documents – except in its definition. A method that a library calls
# (`Lexer.get_tokens`) overrides a method of a class from another project.

READERS = ("simpsh", "lessons", "tests", "docs", "README.md", "CHANGELOG.md", "pyproject.toml")
TEXTS = {".py", ".md", ".toml", ".c", ".sh", ".js", ".txt"}

CALLED_BY_NAME = re.compile(r"__\w+__|visit_\w+|test_\w+|[A-Z]\w+Command")
"""Names that Python, `ast.NodeVisitor`, pytest or `subcommand_of` look up by themselves."""

REGISTERING = re.compile(r"builtin\(|_need\(|follows\(|bindings\.add\(")
"""Decorators that take a function into a table, by which it is called."""


def words_of_the_project():
    """Return how often each word occurs in all texts of the project."""
    words = Counter()
    for reader in READERS:
        top = ROOT / reader
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.suffix in TEXTS and "__pycache__" not in path.parts and path.is_file():
                words.update(re.findall(r"\w+", path.read_text(errors="replace")))
    return words


def definitions():
    """Yield each name that simpsh/ defines, where, and whether a library may call it."""
    for path in modules_below(HOUSE):
        nodes = nodes_of(path)
        outside = {
            alias.asname or alias.name
            for node in nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
            and not (getattr(node, "module", "") or "").startswith("simpsh")
            for alias in node.names
        }
        for node in nodes:
            body = getattr(node, "body", None)
            for one in body if isinstance(body, list) else []:
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    if any(REGISTERING.match(ast.unparse(each)) for each in one.decorator_list):
                        continue
                    bases = node.bases if isinstance(node, ast.ClassDef) else []
                    heads = {
                        word for base in bases for word in re.findall(r"\w+", ast.unparse(base))
                    }
                    yield one.name, f"{shown(path)}:{one.lineno}", bool(heads & outside)


def test_every_function_and_class_is_used():
    words, places, overriding = words_of_the_project(), {}, set()
    for name, location, may_override in definitions():
        places.setdefault(name, []).append(location)
        if may_override:
            overriding.add(name)
    unused = [
        f"{name} ({', '.join(where)})"
        for name, where in places.items()
        if words[name] <= len(where)
        and name not in overriding
        and not CALLED_BY_NAME.fullmatch(name)
    ]
    assert not unused, "used nowhere, so to be deleted:\n  " + "\n  ".join(unused)
