"""Work as an ordinary user in a process of root."""

import codecs
import importlib
import os
import pkgutil

import simpsh
from simpsh.kernel import namespaces

USER = 61_300
_PR_SET_DUMPABLE = 4


def import_all() -> None:
    """Import what the explorer needs: an ordinary user may not be able to."""
    codecs.lookup("ascii")
    for module in pkgutil.walk_packages(simpsh.__path__, "simpsh."):
        if module.name.startswith(("simpsh.explore", "simpsh.kernel", "simpsh.trace.tracer")):
            importlib.import_module(module.name)


def become_user(*groups: int) -> None:
    """Give up all rights of root, if this process has them; its /proc is then its own."""
    if os.geteuid() == 0:
        os.setgroups(groups)
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
        namespaces.call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)
