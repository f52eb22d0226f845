"""What was found out about the courses, kept in the user's cache until something changes.

To ask Python's installation for courses takes longer than the whole start, and so does parsing all
lesson files. Each answer is kept with its key: the directories and files that it came from, with
size and time. What changed just now is not kept: a file may change twice within one time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from simpsh.base.atomic_write import replace_file
from simpsh.base.outside_json import json_value
from simpsh.process.own_directory import cache_folder

_FORMAT = 1
_TRUSTED_SECONDS = 2.0


def remembered(
    part: str, paths: Sequence[str], find_out: Callable[[], object], name: str = "courses.json"
) -> object:
    """Return what find_out() returned when these files and directories were as they are.

    It is a value of JSON, kept in the cache file of this name. Where that cannot be read or
    written, it is found out each time.
    """
    key: list[object] = []
    last_change = 0.0
    for path in paths:
        with suppress(OSError):
            status = os.stat(path)
            key.append([path, status.st_mtime_ns, status.st_size])
            last_change = max(last_change, status.st_mtime)
    file = cache_folder(name)
    kept: dict[str, object] = {}
    with suppress(OSError, ValueError), open(file, encoding="utf-8") as lines:
        whole = json_value(lines.read())
        if isinstance(whole, dict) and whole.get("format") == _FORMAT:
            kept = whole
    match kept.get(part):
        case [known, value] if known == key:
            return value
    value = find_out()
    if time.time() - last_change > _TRUSTED_SECONDS:
        import json  # slow to load

        with suppress(OSError):
            os.makedirs(os.path.dirname(file), exist_ok=True)
            whole = {**kept, "format": _FORMAT, part: [key, value]}
            replace_file(file, json.dumps(whole), 0o600)
    return value
