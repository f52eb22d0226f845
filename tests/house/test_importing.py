"""Every module of simpsh can be imported, in whatever order."""

from __future__ import annotations

import os
import pkgutil
import sys

import pytest

import simpsh

MODULES = [
    module.name
    for module in pkgutil.walk_packages(simpsh.__path__, "simpsh.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("order", ["as in the folders", "the other way round"])
def test_every_module_can_be_imported_before_those_beside_it(order):
    """A name that only a type checker finds, or a circle, shows when modules are imported.

    Imports have no circle (`make check`), so that two orders show what any order would.
    """
    names = MODULES if order == "as in the folders" else MODULES[::-1]
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        import_all(names, write_end)
    os.close(write_end)
    with open(read_end, encoding="utf-8") as report:
        found = report.read()
    os.waitpid(pid, 0)
    assert found.splitlines() == ["all are imported"]


def import_all(names: list[str], report: int) -> None:
    """In the child: forget simpsh, import the modules, and tell what went wrong."""
    try:
        for other in [one for one in sys.modules if one == "simpsh" or one.startswith("simpsh.")]:
            del sys.modules[other]
        for name in names:
            try:
                __import__(name)
            except BaseException as problem:
                os.write(report, f"{name}: {problem!r}\n".encode())
        os.write(report, b"all are imported\n")
    finally:
        os._exit(0)
