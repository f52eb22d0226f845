"""What was found out about the courses, kept in the user's cache until something changes.

To ask Python's installation for courses takes longer than the whole start, and so does parsing all
lesson files. Each answer is kept with its key: the directories and files that it came from, with
size and time. What changed just now is not kept: a file may change twice within one time.
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
    """Return what find_out() returned when these files and directories were as they are.

    It is a value of JSON, kept in the cache. A kept value that does not fit, or
    cannot be read, is found out again.
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
    """Return all parts that a cache file holds; none if it is damaged."""
    with suppress(ValueError, RecursionError):
        whole = json_value(data.decode())
        if isinstance(whole, dict) and whole.get("format") == _FORMAT:
            return whole
    return {}
