"""A demonstration as a program of its own: with what it uses of its lesson file, and no more."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.course.steps import Function


def program_text(function: Function, source: str) -> str:
    """Return a program in Python that does what a demonstration does.

    Args:
        function: the demonstration, as its lesson file has it.
        source: its listing's source, which may have been edited.
    """
    module = inspect.getmodule(function)
    file = ast.parse(inspect.getsource(module)) if module is not None else ast.Module([], [])
    own = ast.parse(source)
    defined = {node.name for node in own.body if isinstance(node, ast.FunctionDef)}
    others = [node for node in file.body if getattr(node, "name", "") not in defined]
    used = _used(others, own)
    return "\n".join([*used, source, f"{function.__name__}()"])


def _used(statements: Sequence[ast.stmt], own: ast.Module) -> list[str]:
    """Return the statements that give the names the demonstration uses, in their order."""
    wanted = _free_names(own)
    kept: set[int] = set()
    grows = True
    while grows:
        grows = False
        for place, node in enumerate(statements):
            if place not in kept and any(True for _ in _given(node, wanted)):
                kept.add(place)
                if not isinstance(node, ast.Import | ast.ImportFrom):
                    wanted |= _free_names(node)
                grows = True
    return [line for place in sorted(kept) for line in _given(statements[place], wanted)]


def _given(node: ast.stmt, wanted: set[str]) -> Iterator[str]:
    """Yield what a statement of a lesson file gives of these names, as code."""
    match node:
        case ast.Import(names):
            some = [one for one in names if (one.asname or one.name.split(".")[0]) in wanted]
            if some:
                yield ast.unparse(ast.Import(some))
        case ast.ImportFrom(module, names, level) if (module or "").split(".")[0] != "simpsh":
            some = [one for one in names if (one.asname or one.name) in wanted]
            if some:
                yield ast.unparse(ast.ImportFrom(module, some, level))
        case ast.FunctionDef(name) | ast.ClassDef(name) if name in wanted:
            yield ast.unparse(node)
        case ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name)) if name in wanted:
            yield ast.unparse(node)


def _free_names(node: ast.AST) -> set[str]:
    """Return the names that a piece of code uses and does not give itself."""
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    used = {one.id for one in names if isinstance(one.ctx, ast.Load)}
    return used - {one.id for one in names if isinstance(one.ctx, ast.Store)}
