"""Every module of simpsh can be imported first, before all others."""

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


@pytest.mark.parametrize("part", range(4))
def test_every_module_can_be_imported_first(part):
    """A name that only a type checker finds, or a circle, shows when a module is imported first."""
    wrong = {}
    for name in MODULES[part::4]:
        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            import_alone(name, write_end)
        os.close(write_end)
        with open(read_end, encoding="utf-8") as report:
            found = report.read()
        os.waitpid(pid, 0)
        if found:
            wrong[name] = found
    assert wrong == {}


def import_alone(name: str, report: int) -> None:
    """In the child: forget simpsh, import one module, and tell what went wrong."""
    try:
        for other in [one for one in sys.modules if one == "simpsh" or one.startswith("simpsh.")]:
            del sys.modules[other]
        __import__(name)
    except BaseException as problem:
        os.write(report, repr(problem).encode())
    finally:
        os._exit(0)
