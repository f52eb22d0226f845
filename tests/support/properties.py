"""Hypothesis with the project's settings: import `given`, `settings` and `st` from here.

Examples are the same in every run, and SIMPSH_EXAMPLES says how many. Not in tests/conftest.py: the
import takes as long as a third of the start of pytest, and few files need it.
"""

from __future__ import annotations

import os

import hypothesis
from hypothesis import given, settings, strategies as st

__all__ = ["given", "settings", "st"]

hypothesis.settings.register_profile(
    "simpsh",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=int(os.environ.get("SIMPSH_EXAMPLES", "50")),
)
hypothesis.settings.load_profile("simpsh")
