"""What a wheel holds besides its files: the manual pages and the starts of exercises.

A wheel is for students: it has the starts of exercises, which are made from the solutions, and no
solutions. SIMPSH_WITH_SOLUTIONS=1 builds one for instructors, which has both. SIMPSH_URL is the
address of the repository that the package is published from: the package's page gets its links, and
the README's pictures and documents by their whole address. SIMPSH_SITE is the address of the site
with the tab: the README's button leads there.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_VERSION = "simpsh/base/version.py"
_TAB = re.compile(r"\*\*Try it in a browser tab\*\*: .*")
"""The sentence of the README, until a site has the page."""
_SOLUTIONS = "lessons/*/exercises/*/solution.*"


class CustomBuildHook(BuildHookInterface):
    """Leaves solutions out unless they are asked for; adds the starts and the manual pages."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Change what the builder looks for, before it does."""
        if self.target_name == "wheel" and not os.environ.get("SIMPSH_WITH_SOLUTIONS"):
            excluded = self.build_config.target_config.setdefault("exclude", [])
            excluded.append(f"/{_SOLUTIONS}")
        self._folder = ""
        if version == "editable" or self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        from tools.write_manuals import write

        self._folder = tempfile.mkdtemp(prefix="simpsh-build-")
        # Installed, the course is below simpsh: other packages may have a top-level `lessons`.
        # hatchling refuses this for an editable installation, which uses the repository.
        self.build_config.target_config["sources"] = {"lessons": "simpsh/lessons"}
        manuals = Path(self._folder, "man")
        write(manuals)
        build_data["shared_data"] = {f"{manuals}": "share/man"}
        build_data["force_include"] = self._write_starts()

    def _write_starts(self) -> dict[str, str]:
        """Write the start of each exercise; return its path in the wheel by its file."""
        from simpsh.grade.exercises.solution_marks import start_of

        written = {}
        for number, solution in enumerate(sorted(Path(self.root).glob(_SOLUTIONS))):
            start = Path(self._folder, f"start-{number}")
            start.write_text(start_of(solution.read_text(encoding="utf-8")), encoding="utf-8")
            place = solution.relative_to(self.root).with_stem("start")
            written[f"{start}"] = f"simpsh/{place}"
        return written

    def finalize(self, version: str, build_data: dict[str, object], artifact_path: str) -> None:
        """Remove what was written for the wheel."""
        del version, build_data, artifact_path
        if self._folder:
            shutil.rmtree(self._folder)


class CustomMetadataHook(MetadataHookInterface):
    """Gives the package's page the addresses that are known only where it is published from."""

    def update(self, metadata: dict[str, object]) -> None:
        """Add the README, and the project's links."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        if site := os.environ.get("SIMPSH_SITE", "").rstrip("/"):
            text = _TAB.sub(f"**[Try it in a browser tab]({site}/try/index.html)**.", text)
        if url := os.environ.get("SIMPSH_URL", "").rstrip("/"):
            version = re.search(r'__version__ = "(.+)"', Path(self.root, _VERSION).read_text())[1]
            files = f"{url}/blob/v{version}"
            metadata["urls"] = {
                "Source": url,
                "Documentation": f"{files}/docs/index.md",
                "Changelog": f"{files}/CHANGELOG.md",
                "Issues": f"{url}/issues",
            }
            pictures = f"{url}/raw/v{version}/docs/pictures/"
            text = re.sub(r"(?<=[(\"])docs/pictures/", pictures, text)
            text = re.sub(r"\]\((?=docs/|CITATION|SECURITY)", f"]({files}/", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
