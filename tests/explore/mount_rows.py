"""Mounts of many kinds, and what a private world makes of them; run in a new mount namespace.

    unshare -m --propagation private python -m tests.explore.mount_rows DIRECTORY

Prints one JSON object: for each kind of mount, what was seen in the world, and what changed.
"""

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from simpsh.explore.workplace.private_world import (
    PrivateWorkplace,
    current_world,
    examine_world,
    in_private_world,
)
from simpsh.kernel import namespaces
from tests.support.small_fuse import served

# Other programs change what is in these.
_NOT_READ = ("proc", "sysfs", "cgroup2", "devpts", "mqueue")
SERVERS = ExitStack()
ODD_NAME = 'a b\n\\134 "ü" \r:,\t#'


def mount(*words: str | Path) -> None:
    subprocess.run(["mount", *map(str, words)], check=True, capture_output=True)


def on_file(place: Path) -> None:
    (place / "below").write_text("below")
    mount("--bind", place / "data", place / "below")


def on_device(place: Path) -> None:
    (place / "null").touch()
    mount("--bind", "/dev/null", place / "null")


def in_odd_name(place: Path) -> None:
    (place / ODD_NAME).mkdir()
    mount("-t", "tmpfs", "tmpfs", place / ODD_NAME)
    (place / ODD_NAME / "inner").write_text("inner")


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


def overlay_on_overlay(place: Path) -> None:
    lower = place / "data-of-it"
    lower.mkdir()
    (lower / "inner").write_text("inner")
    for number in range(2):
        target = place / f"level{number}"
        target.mkdir()
        mount("-t", "overlay", "overlay", "-o", f"lowerdir={lower}:{place / 'none'}", target)
        lower = target


def loop(place: Path) -> None:
    image = place / "image"
    with image.open("wb") as file:
        file.truncate(4 << 20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True, capture_output=True)
    (place / "loop").mkdir()
    mount("-o", "loop", image, place / "loop")
    (place / "loop" / "inner").write_text("inner")
    subprocess.run(["sync", "--file-system", place / "loop"], check=True)


def vfat(place: Path) -> None:
    image = place / "image"
    with image.open("wb") as file:
        file.truncate(4 << 20)
    subprocess.run(["mkfs.vfat", image], check=True, capture_output=True)
    (place / "vfat").mkdir()
    mount("-o", "loop", image, place / "vfat")
    (place / "vfat" / "inner").write_text("inner")


def squashfs(place: Path) -> None:
    words = ["mksquashfs", place / "data", place / "image", "-quiet", "-no-progress"]
    subprocess.run(words, check=True, capture_output=True)
    (place / "squash").mkdir()
    mount("-o", "loop", place / "image", place / "squash")


def of_type(kind: str) -> Callable[[Path], None]:
    def make(place: Path) -> None:
        (place / kind).mkdir()
        mount("-t", kind, kind, place / kind)

    return make


def fuse_of(user: int) -> Callable[[Path], None]:
    """Return a function that mounts a FUSE whose server never answers, for one user only."""

    def make(place: Path) -> None:
        (place / "fuse").mkdir()
        number = os.open("/dev/fuse", os.O_RDWR)
        os.set_inheritable(number, True)
        options = f"fd={number},rootmode=40000,user_id={user},group_id={user}"
        namespaces.mount("fuse", str(place / "fuse"), 0, options)

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


def many(place: Path) -> None:
    for number in range(300):
        (place / str(number)).mkdir()
        namespaces.mount("tmpfs", str(place / str(number)))


ROWS: dict[str, Callable[[Path], None]] = {
    "a file": on_file,
    "a device": on_device,
    "an odd name": in_odd_name,
    "a mount over a mount": over_a_mount,
    "below a closed directory": in_unreadable,
    "overlay on overlay": overlay_on_overlay,
    "loop": loop,
    "vfat": vfat,
    "squashfs": squashfs,
    "FUSE of another user": fuse_of(61300),
    "FUSE of this user, like NFS": fuse_of_this_user,
    "special files": with_special_files,
    "read-only": read_only,
    "many": many,
    **{
        kind: of_type(kind)
        for kind in ("proc", "sysfs", "tmpfs", "ramfs", "hugetlbfs", "devpts", "mqueue", "cgroup2")
    },
}


NEEDED = {"loop": "mkfs.ext4", "vfat": "mkfs.vfat", "squashfs": "mksquashfs"}
"""By row, the program that makes its file system."""


def attempt(action: Callable[[], object]) -> str:
    """Return the name of an error, or an empty string."""
    try:
        action()
    except OSError as error:
        return os.strerror(error.errno or 0)
    return ""


def changes(place: Path) -> dict[str, str]:
    """Try to change everything in a row, and return the errors."""
    errors = {}
    for folder, names, files in os.walk(place):
        errors[f"{folder}/new"] = attempt(Path(folder, "new").touch)
        for name in files:
            path = Path(folder, name)
            if stat.S_ISREG(path.lstat().st_mode):
                errors[str(path)] = attempt(lambda path=path: path.write_text("changed"))
            errors[f"{path} removed"] = attempt(path.unlink)
        names[:] = names[:5]
    return errors


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


def in_world(places: dict[str, Path], directory: str) -> dict[str, object]:
    """Change all rows twice, with a renewal between; return what was seen."""
    world = current_world()
    if world is None:
        return {}
    workplace = PrivateWorkplace(world, directory)
    seen: dict[str, object] = {}
    before = {name: state(place) for name, place in places.items()}
    errors = [{}, {}]
    for errors_now in errors:
        for name, place in places.items():
            errors_now[name] = changes(place)
        workplace.is_fresh = False
        workplace.refresh()
    for name, place in places.items():
        seen[name] = {
            "before": before[name],
            "is_renewed": state(place) == before[name] and errors[0][name] == errors[1][name],
            "errors": {path: error for path, error in errors[0][name].items() if error},
            "pids": [each for each in os.listdir(place / "proc") if each.isdecimal()]
            if (place / "proc").is_dir()
            else [],
            "manners": {
                os.path.relpath(each.path, place): (each.manner.value, each.cause)
                for each in world.shown
                if each.path.startswith(f"{place}/") or each.path == str(place)
            },
        }
    return seen


def main() -> None:
    """Mount all rows, look at them in a world, and print what was seen."""
    with SERVERS:
        look_at_rows(Path(sys.argv[1]))


def look_at_rows(top: Path) -> None:
    """Mount the rows in a directory, and print what a world shows of them."""
    places, lacking = dict[str, Path](), {}
    for number, (name, make) in enumerate(ROWS.items()):
        place = top / str(number)
        place.mkdir()
        (place / "data").write_text("data")
        (place / "none").mkdir()
        try:
            make(place)
        except (OSError, subprocess.CalledProcessError) as error:
            lacking[name] = getattr(error, "stderr", b"").decode() or str(error)
        else:
            places[name] = place
    home = places["a file"]
    os.chdir(home)
    before = {name: state(place) for name, place in places.items()}
    mounted = Path("/proc/self/mountinfo").read_text().splitlines()
    seen = in_private_world(lambda: in_world(places, str(home)))
    answer = {
        "refused": examine_world().refused,
        "seen": seen,
        "lacking": lacking,
        "outside": before,
        "changed": [name for name, place in places.items() if state(place) != before[name]],
        "leaked": sorted({*Path("/proc/self/mountinfo").read_text().splitlines()} - {*mounted}),
    }
    print(json.dumps(answer, indent=1))
    os.chdir("/")
    (places["below a closed directory"] / "closed").chmod(0o700)


if __name__ == "__main__":
    main()
