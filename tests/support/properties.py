"""Hypothesis with the project's settings: import `given`, `settings` and `st` from here.

Examples are the same in every run; SIMPSH_EXAMPLES is their number. The settings are not in
tests/conftest.py: few files need them, and the import takes a third of pytest's start-up time.
"""

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
