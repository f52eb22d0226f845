"""Rules of the code: sizes, and that nothing is kept that nothing uses.

They are in one file, so that the house is parsed once. The limits hold for whatever is built: who
adds takes away.
"""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from tests.house.sizes import (
    files_that_name,
    lines_below,
    local_names,
    measure,
    private_functions_named_once,
    wildcards_over_kinds,
)
from tests.house.source_tree import HOUSE, ROOT, TESTS, modules_below, nodes_of, shown

MOST_LINES = 84_000
MOST_MODULES = 400
MOST_TEST_LINES = 48_000
MOST_NAMED_ONCE = 900
MOST_FILES_OF_A_KIND = 3


@pytest.fixture(scope="module")
def sizes():
    return measure()


def test_the_program_has_not_outgrown_its_limits(sizes):
    assert sizes.lines <= MOST_LINES
    assert sizes.modules <= MOST_MODULES
    assert lines_below(TESTS) <= MOST_TEST_LINES


def test_functions_are_whole(sizes):
    assert len(sizes.named_once) <= MOST_NAMED_ONCE, "\n".join(sizes.named_once)


def test_a_match_over_kinds_names_each_kind(sizes):
    assert sizes.wildcards == []


@pytest.mark.parametrize("kind", ["NotShown", "Compare", "SetPgid"])
def test_a_kind_is_known_in_few_files(kind):
    files = files_that_name(kind)
    assert 1 <= len(files) <= MOST_FILES_OF_A_KIND, files


def test_no_variable_is_named_one():
    assert local_names("one") == []


MADE = """
def _once(value):
    match value:
        case Fork():
            return 1
        case _:
            return _twice() + _twice()

def _twice():
    match 1:
        case int():
            pass
        case _:
            pass

print(_once(1))
"""


def test_what_is_counted():
    nodes = [*ast.walk(ast.parse(MADE))]
    assert [*private_functions_named_once(nodes)] == ["_once"]
    assert [*wildcards_over_kinds(nodes)] == [6]


# A function, method or class counts as unused when its name occurs nowhere in the project – code,
# lessons, tests, documents – but where it is defined. What a library calls by name
# (`Lexer.get_tokens`) overrides a method of a class from outside the house.

READERS = ("simpsh", "lessons", "tests", "docs", "README.md", "CHANGELOG.md", "pyproject.toml")
TEXTS = {".py", ".md", ".toml", ".c", ".sh", ".js", ".txt"}

CALLED_BY_NAME = re.compile(r"__\w+__|visit_\w+|test_\w+")
"""Names that Python, `ast.NodeVisitor` or pytest look up by themselves."""

REGISTERING = re.compile(r"builtin\(|_need\(|ARRIVALS\.of\(|bindings\.add\(")
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
    for name, place, may_override in definitions():
        places.setdefault(name, []).append(place)
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


PARSERS_OF_OPTIONS = {"simpsh/base/posix_options.py"}
"""Who may look at a leading `-`: one piece of code for simpsh itself and its built-ins."""


def looks_at_a_dash(test):
    """Return whether an expression asks if a text begins with `-`."""
    for node in ast.walk(test):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="startswith"), args=[ast.Constant(value="-" | "--"), *_]
            ):
                return True
            case ast.Compare(
                left=ast.Subscript() as left, comparators=[ast.Constant(value="-")]
            ) if isinstance(left.slice, ast.Constant | ast.Slice):
                return True
    return False


def test_no_loop_takes_options_apart_by_hand():
    loops = [
        f"{shown(path)}:{node.lineno}"
        for path in modules_below(HOUSE)
        if shown(path) not in PARSERS_OF_OPTIONS
        for node in nodes_of(path)
        if isinstance(node, ast.While) and looks_at_a_dash(node.test)
    ]
    assert not loops, (
        "leave options to cli/option_parser, or to base/posix_options:\n  " + "\n  ".join(loops)
    )
