"""SIMPSH_WITHOUT_SOLUTIONS=1 builds a wheel for students: no model solutions, no wrong ones."""

from __future__ import annotations

import os

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOLUTIONS = ["/lessons/exercises/*/solution.*", "/lessons/exercises/*/wrong/"]


class CustomBuildHook(BuildHookInterface):
    """Leaves solutions out where that is asked for."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Exclude them before the builder looks for files."""
        del version, build_data
        if os.environ.get("SIMPSH_WITHOUT_SOLUTIONS"):
            excluded = self.build_config.target_config.setdefault("exclude", [])
            excluded.extend(_SOLUTIONS)
