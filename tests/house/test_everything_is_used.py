"""Nothing is kept that nothing uses: each name of simpsh/ is read somewhere.

Exact, and therefore modest: a function, method or class counts as unused when its name occurs
nowhere in the project – code, lessons, tests, documents – but where it is defined. What a library
calls by name (`Lexer.get_tokens`) overrides a method of a class from outside the house.
"""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.house.source_tree import HOUSE, ROOT, modules_below, shown

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
        tree = ast.parse(path.read_text())
        outside = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            and not (getattr(node, "module", "") or "").startswith("simpsh")
            for alias in node.names
        }
        for node in ast.walk(tree):
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
