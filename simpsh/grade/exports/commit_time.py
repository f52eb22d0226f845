"""The time of a repository's last commit, read by git without any setting of the repository."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from simpsh.base.patience import patience
from simpsh.base.wait_status import Exited
from simpsh.grade.exports.export_files import Export, ExportFile
from simpsh.kernel.program_execution import STANDARD_PATH, find_program
from simpsh.process.contained_run import ContainedCommand, run_contained
from simpsh.process.own_directory import own_directory
from simpsh.process.worker import WorkerLate, in_own_process

_SECONDS = 60.0 * patience()
_MOST_REFERENCE = 1 << 20


def commit_time(export: Export, files: Sequence[tuple[ExportFile, str]]) -> datetime | None:
    """Return when the last commit was made; None if git is missing, or there is no commit.

    `files` are in the repository's directory; their paths begin with `.git/`.
    """
    commit = _head(export, {path: file for file, path in files})
    git = find_program("git", STANDARD_PATH)
    if not commit or not git:
        return None
    with own_directory("simpsh-git-") as place:
        # git never reads the repository's own configuration, which may name programs to run: it
        # works in an empty repository with the objects of this one.
        inside = ".git/objects/"
        objects = [
            (file, path.removeprefix(inside))
            for file, path in files
            if path.startswith(inside) and not path.startswith(f"{inside}info/")
        ]
        export.copy(objects, os.path.join(place, "objects"))
        os.mkdir(os.path.join(place, "refs"))
        with open(os.path.join(place, "HEAD"), "w", encoding="ascii") as head:
            head.write("ref: refs/heads/none\n")
        environment = {"HOME": place, "GIT_CONFIG_NOSYSTEM": "1", "GIT_DIR": place}
        argv = (git, "cat-file", "commit", commit)
        command = ContainedCommand(argv, environment, place, _SECONDS, lambda: None)
        try:
            end = in_own_process(partial(run_contained, command), 2 * _SECONDS)
        except WorkerLate:
            return None
    if end.status != Exited(0):
        return None
    match = re.search(rb"^committer .* (\d{1,11}) [+-]\d{4}$", end.output, re.M)
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def _head(export: Export, files: dict[str, ExportFile]) -> str:
    """Return the commit that HEAD names; empty if there is none."""

    def text(path: str) -> str:
        file = files.get(f".git/{path}")
        return export.read(file, _MOST_REFERENCE).decode("latin-1").strip() if file else ""

    head = text("HEAD")
    if head.startswith("ref: "):
        name = head.removeprefix("ref: ")
        packed = re.search(rf"^([0-9a-f]{{40}}) {re.escape(name)}$", text("packed-refs"), re.M)
        head = text(name) or (packed[1] if packed else "")
    return head if re.fullmatch(r"[0-9a-f]{40}", head) else ""
