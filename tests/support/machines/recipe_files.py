"""The texts of the recipes: containers/, .devcontainer/, and the steps for Windows in a document.

They are read here and nowhere else, so that what is checked is what a reader uses.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.support.document_blocks import shown_in
from tests.support.shells import PROJECT

CONTAINERFILE = Path(PROJECT, "containers", "Containerfile")
DEVCONTAINER = Path(PROJECT, ".devcontainer", "devcontainer.json")
HUB = Path(PROJECT, "containers", "jupyterhub_config.py")
LIMA = Path(PROJECT, "containers", "lima.yaml")


@dataclass
class Stage:
    """One image of a Containerfile."""

    name: str
    base: str
    """The name of a stage above, or of an image from elsewhere."""
    steps: list[tuple[str, str]] = field(default_factory=list)
    """Instructions and what is after their word, continued lines joined."""

    def last(self, instruction: str) -> str:
        """Return what the last instruction of this kind says; empty without one."""
        return next((rest for word, rest in reversed(self.steps) if word == instruction), "")


def stages() -> dict[str, Stage]:
    """Return the stages of the Containerfile by name, in order."""
    text = CONTAINERFILE.read_text()
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    found: dict[str, Stage] = {}
    for line in re.sub(r"\\\n\s*", " ", lines).splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stage = found[name] = Stage(name, base)
        elif word:
            stage.steps.append((word, rest))
    return found


def devcontainer() -> dict:
    """Return what devcontainer.json says."""
    return json.loads(DEVCONTAINER.read_text())


def lima() -> dict:
    """Return what lima.yaml says."""
    return yaml.safe_load(LIMA.read_text())


def windows_steps() -> str:
    """Return the document's lines for users of WSL 2."""
    [block] = shown_in("how-to/mac-and-windows.md", "sh wsl")
    return block
