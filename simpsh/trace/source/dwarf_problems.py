"""What reading damaged debug information may raise: a file can say anything of itself."""

from __future__ import annotations

import zlib

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError

from simpsh.trace.source.elf_file import ElfProblem

DWARF_PROBLEMS = (
    *(ElfProblem, ELFError, DWARFError, ConstructError, zlib.error),
    *(LookupError, TypeError, ValueError, AttributeError, AssertionError, ArithmeticError),
    *(EOFError, RecursionError, MemoryError, NotImplementedError),
)
"""The errors of the reader, and those of code that takes what it reads for what it should be."""
