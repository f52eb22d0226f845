"""A cache of facts about the installed courses, in the user's cache directory.

Searching Python's installation for courses takes longer than the rest of the start, and so does
parsing all lesson files. Each answer is stored with its key: the size and time of the directories
and files it depends on. Files that changed a moment ago are not cached, because a second change
could leave their time the same.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from simpsh.base.file_store import cache_path, change_file, read_own
from simpsh.base.outside_json import json_value

_FORMAT = 1
_TRUSTED_SECONDS = 2.0


def remembered(
    part: str,
    paths: Sequence[str],
    find_out: Callable[[], object],
    fits: Callable[[object], object],
) -> object:
    """Return the result of find_out() from the cache if these files and directories are unchanged.

    The result is a JSON value. If the cache is missing, damaged or does not pass `fits`, find_out()
    is called again.
    """
    key: list[object] = []
    last_change = 0.0
    for path in paths:
        with suppress(OSError):
            status = os.stat(path)
            key.append([path, status.st_mtime_ns, status.st_size])
            last_change = max(last_change, status.st_mtime)
    file = cache_path("courses.json")
    with suppress(OSError):
        match _kept(read_own(file)).get(part):
            case [known, value] if known == key and fits(value):
                return value
    value = find_out()
    if time.time() - last_change > _TRUSTED_SECONDS:
        import json  # slow to load

        with suppress(OSError):
            new = {"format": _FORMAT, part: [key, value]}
            change_file(file, lambda old: json.dumps({**_kept(old or b""), **new}))
    return value


def _kept(data: bytes) -> Mapping[str, object]:
    """Return all entries of a cache file; empty if it is damaged."""
    with suppress(ValueError, RecursionError):
        whole = json_value(data.decode())
        if isinstance(whole, dict) and whole.get("format") == _FORMAT:
            return whole
    return {}
