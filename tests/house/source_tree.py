"""The files and folders that the house rules apply to."""

from pathlib import Path

from tests.harness.sh import PROJECT

ROOT = Path(PROJECT)
HOUSE = ROOT / "simpsh"
LEFT_BY_TOOLS = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}


def folders_below(root: Path) -> list[Path]:
    """Return `root` and every folder below it, except folders that tools make."""
    found = [root]
    for path in entries(root):
        if path.is_dir():
            found += folders_below(path)
    return found


def entries(folder: Path) -> list[Path]:
    """Return the visible files and folders of a folder."""
    return sorted(path for path in folder.iterdir() if path.name not in LEFT_BY_TOOLS)


def shown(path: Path) -> str:
    """Return the path as it is written from the project's top folder."""
    return str(path.relative_to(ROOT))
