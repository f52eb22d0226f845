"""The options that a builtin takes are those of its usage."""

import importlib
import pkgutil
import re

from simpsh.shell import builtins
from simpsh.shell.builtins.builtin_registry import NAMES, find
from tests.shell.builtins.builtin_calls import call, shell

MODULES = [
    importlib.import_module(f"{builtins.__name__}.{each.name}")
    for each in pkgutil.iter_modules(builtins.__path__)
]
LETTERS = re.compile(r"(?<![-\w])-([A-Za-z]+)")

LETTERED = {"cd", "command", "fc", "hash", "jobs", "pwd", "trap", "ulimit"}
LETTERED |= {"umask", "unalias", "unset", "wait"}


class Taken(Exception):
    """A builtin has said which letters it takes."""


def test_a_builtin_takes_the_options_of_its_usage(monkeypatch):
    def take(_operands, letters, **_only):
        raise Taken(letters)

    for module in MODULES:
        if hasattr(module, "options"):
            monkeypatch.setattr(module, "options", take)
    found = {}
    for name in NAMES:
        run = find(name).run
        if "options" in getattr(run, "__code__", take.__code__).co_names:
            try:
                call(shell(), name, "-?")
            except Taken as taken:
                found[name] = {*str(taken)}
    # It is not taken, with a message of its own.
    found["fc"].remove("e")
    assert found == {name: {*"".join(LETTERS.findall(find(name).usage))} for name in found}
    assert {name for name, letters in found.items() if letters} == LETTERED
