"""Options are taken apart by argparse for subcommands, by base/posix_options for the rest."""

from __future__ import annotations

import ast

from tests.house.source_tree import HOUSE, modules_below, shown

PARSERS = {"simpsh/base/posix_options.py"}
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
        if shown(path) not in PARSERS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.While) and looks_at_a_dash(node.test)
    ]
    assert not loops, (
        "leave options to cli/option_parser, or to base/posix_options:\n  " + "\n  ".join(loops)
    )
