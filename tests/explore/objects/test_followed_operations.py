"""The table of docs/exploring.md lists every operation that the explorer follows."""

import importlib
import pkgutil
import re

from simpsh.explore import objects
from simpsh.explore.objects.kernel_state import Operation
from tests.house.source_tree import ROOT

BASES = {
    "OnObject",
    "MemoryOperation",
    "ProgramAccess",
    "Ending",
    "GivesUp",
    "GivesUpAtOnce",
    "Quiet",
    "FileOperation",
    "FutexOperation",
    "SystemVCall",
    "Unnoticed",
}


def subclasses(base):
    for kind in base.__subclasses__():
        yield kind
        yield from subclasses(kind)


def test_the_table_of_channels_lists_each_operation_once():
    for module in pkgutil.iter_modules(objects.__path__, objects.__name__ + "."):
        importlib.import_module(module.name)
    operations = {kind.__name__ for kind in subclasses(Operation) if kind.__name__[0] != "_"}
    text = (ROOT / "docs/exploring.md").read_text()
    table = text.partition("## What is followed, and who needs it")[2].partition("\n## ")[0]
    listed = re.findall(r"`([A-Z]\w+)`", "".join(re.findall(r"^\|[^|]*\|([^|]*)\|", table, re.M)))
    assert sorted(listed) == sorted(operations - BASES)
