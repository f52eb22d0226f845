"""Mounts of many kinds, which a submission must neither change nor uncover."""

import os
import socket
import stat
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.support.small_fuse import served

# Other programs change what is in these.
_NOT_READ = ("proc", "sysfs", "cgroup2", "devpts", "mqueue")
SERVERS = ExitStack()


def mount(*words: str | Path) -> None:
    subprocess.run(["mount", *map(str, words)], check=True, capture_output=True)


def on_file(place: Path) -> None:
    (place / "below").write_text("below")
    mount("--bind", place / "data", place / "below")


def over_a_mount(place: Path) -> None:
    for text in ("first", "second"):
        (place / "twice").mkdir(exist_ok=True)
        mount("-t", "tmpfs", "tmpfs", place / "twice")
        (place / "twice" / text).write_text(text)
        (place / "twice" / "deep").mkdir()
        if text == "first":
            mount("-t", "tmpfs", "tmpfs", place / "twice" / "deep")


def in_unreadable(place: Path) -> None:
    (place / "closed" / "deep").mkdir(parents=True)
    mount("-t", "tmpfs", "tmpfs", place / "closed" / "deep")
    (place / "closed").chmod(0)


def of_type(kind: str) -> Callable[[Path], None]:
    def make(place: Path) -> None:
        (place / kind).mkdir()
        mount("-t", kind, kind, place / kind)

    return make


def fuse_of_this_user(place: Path) -> None:
    """Mount a FUSE that this user may read, except one file; a server of NFS may answer so.

    It is shown only because it is in PATH.
    """
    (place / "fuse").mkdir()
    os.environ["PATH"] += f":{place / 'fuse'}"
    SERVERS.enter_context(served(str(place / "fuse")))


def with_special_files(place: Path) -> None:
    on_file(place)
    os.mkfifo(place / "fifo")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(place / "socket"))
    with (place / "large").open("wb") as file:
        file.truncate(17 << 20)
    (place / "link").symlink_to("data")
    (place / "other").hardlink_to(place / "data")


def read_only(place: Path) -> None:
    (place / "fixed").mkdir()
    (place / "fixed" / "inner").write_text("inner")
    mount("--bind", place / "fixed", place / "fixed")
    mount("-o", "remount,bind,ro", place / "fixed")


ROWS: dict[str, Callable[[Path], None]] = {
    "a file": on_file,
    "a mount over a mount": over_a_mount,
    "below a closed directory": in_unreadable,
    "FUSE of this user, like NFS": fuse_of_this_user,
    "special files": with_special_files,
    "read-only": read_only,
    **{kind: of_type(kind) for kind in ("proc", "tmpfs", "cgroup2")},
}


def attempt(action: Callable[[], object]) -> str:
    """Return the name of an error, or an empty string."""
    try:
        action()
    except OSError as error:
        return os.strerror(error.errno or 0)
    return ""


def state(place: Path) -> list[object]:
    """Return all that a row shows."""
    found: list[object] = []
    for folder, names, files in os.walk(place):
        names.sort()
        names[:] = [name for name in names if name not in _NOT_READ][:5]
        for name in sorted({*files} - {"image"}):
            path = Path(folder, name)
            facts = path.lstat()
            is_file = stat.S_ISREG(facts.st_mode)
            data = ""
            if is_file:
                refused = attempt(lambda path=path: path.read_bytes())
                data = refused or path.read_bytes()[:99].decode()
            found.append((str(path), facts.st_mode, facts.st_mtime_ns, facts.st_size, data))
    return found
