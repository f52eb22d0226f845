"""What a wheel holds besides the packages: the manual pages, written from the parser.

SIMPSH_WITHOUT_SOLUTIONS=1 builds a wheel for students: no solutions, right or wrong.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOLUTIONS = ["/lessons/*/exercises/*/solution.*", "/lessons/*/exercises/*/wrong/"]
_SOLUTIONS += ["/lessons/*/exercises/*/right/"]


class CustomBuildHook(BuildHookInterface):
    """Leaves solutions out where that is asked for, and adds the manual pages."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Change what the builder looks for, before it does."""
        if os.environ.get("SIMPSH_WITHOUT_SOLUTIONS"):
            excluded = self.build_config.target_config.setdefault("exclude", [])
            excluded.extend(_SOLUTIONS)
        self._folder = ""
        if version != "editable":
            sys.path.insert(0, self.root)
            from tools.write_manuals import write

            self._folder = tempfile.mkdtemp(prefix="simpsh-manuals-")
            write(Path(self._folder))
            build_data["shared_data"] = {self._folder: "share/man"}

    def finalize(self, version: str, build_data: dict[str, object], artifact_path: str) -> None:
        """Remove what was written for the wheel."""
        del version, build_data, artifact_path
        if self._folder:
            shutil.rmtree(self._folder)
