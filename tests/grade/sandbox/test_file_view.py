"""A submission sees the same paths with other inodes, and only those that it needs."""

from __future__ import annotations

import codecs
import errno
import os
import pickle
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from simpsh.grade.sandbox.file_view import FileView
from simpsh.kernel import namespaces
from simpsh.process.machine_permits import missing
from simpsh.process.process_containment import enclose
from simpsh.process.worker import in_own_process

SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/sbin")
FLAGS = namespaces.CLONE_NEWNS | namespaces.CLONE_NEWIPC
OTHER = 61_300


def _become_ordinary() -> None:
    os.setgroups([])
    os.setresgid(OTHER, OTHER, OTHER)
    os.setresuid(OTHER, OTHER, OTHER)
    namespaces.call("prctl", 4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: it owns its /proc files


def inside(
    view: FileView,
    look: Callable[[], object],
    *,
    is_root: bool,
    mount: Callable[[], None] = lambda: None,
) -> tuple[bool, object]:
    """Return whether all inodes are its own, and what `look` returns with this view.

    `mount` makes mounts that only the processes of this view see.
    """
    codecs.lookup("ascii")  # another user cannot import it if it is in root's home

    def work() -> tuple[bool, object]:
        if os.geteuid() == 0 and not is_root:
            _become_ordinary()
        read_end, write_end = os.pipe()
        outer = os.fork()
        if outer:
            os.close(write_end)
            with open(read_end, "rb") as file:
                answer_bytes = file.read()
            os.waitpid(outer, 0)
            return pickle.loads(answer_bytes)
        is_own: list[bool] = []

        def begin() -> None:
            namespaces.unshare(FLAGS)
            mount()
            is_own.append(not view.enter())

        answer: object = None
        try:
            enclose(os.getppid(), with_users=not is_root, begin=begin)
            answer = (is_own[0], look())
        except OSError as error:
            answer = error
        os.write(write_end, pickle.dumps(answer))
        os._exit(0)

    found = in_own_process(work, 60)
    if isinstance(found, OSError):
        if missing("namespaces"):
            pytest.skip(f"no namespaces: {found}")
        raise found
    return found


@pytest.fixture(params=["root", "ordinary"])
def is_root(request) -> bool:
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("root is needed")
    return request.param == "root"


@pytest.fixture
def place(tmp_path_factory) -> Iterator[Path]:
    """A directory outside /tmp, which the private root hides."""
    made = Path("/var/tmp") / f"simpsh-root-{os.getpid()}"
    made.mkdir()
    if os.geteuid() == 0:
        os.chown(made, OTHER, OTHER)
    yield made
    subprocess.run(["rm", "-rf", str(made)], check=True)


def write_error(path: Path) -> int:
    try:
        path.write_text("other")
    except OSError as error:
        return error.errno
    return 0


def entries(path: str = "/") -> list[str]:
    return sorted(os.listdir(path))


def test_only_named_objects_exist(is_root, place):
    (place / "deep").mkdir()
    (place / "deep" / "file").write_text("text")
    (place / "other").write_text("text")
    view = FileView((*SYSTEM, str(place / "deep"), "/no/such"))
    is_own, found = inside(
        view, lambda: (entries(), entries("/var/tmp"), entries(str(place))), is_root=is_root
    )
    wanted = {"dev", "proc", "tmp", "var", *(path[1:] for path in SYSTEM if os.path.exists(path))}
    assert found == (sorted(wanted), [place.name], ["deep"])
    assert is_own


def test_links_have_the_same_targets_as_outside(is_root, place):
    (place / "real").mkdir()
    (place / "real" / "file").write_text("text")
    (place / "way").symlink_to("real")
    (place / "far").symlink_to(place / "way")
    view = FileView((*SYSTEM, str(place / "far"), str(place / "real" / "file")))
    text = f"open({str(place / 'far' / 'file')!r}).read()"
    # /var/tmp is private, but contains the named files.
    assert inside(view, partial(eval, text), is_root=is_root)[1] == "text"
    (place / "real" / "file").chmod(0o666)

    for seen in (place / "real", place / "real" / "file"):
        view = FileView((*SYSTEM, str(seen)))
        write = partial(write_error, place / "real" / "file")
        assert inside(view, write, is_root=is_root)[1] == errno.EROFS


def test_a_directory_with_a_mount_in_it_shows_its_other_entries(is_root, place):
    (place / "file").write_text("text")
    (place / "file").chmod(0o646)
    (place / "way").symlink_to("file")
    for name in ("folder", "mounted"):
        (place / name).mkdir()
    (place / "folder" / "deep").write_text("deep")

    def mount() -> None:
        namespaces.make_mounts_private()
        namespaces.mount("tmpfs", str(place / "mounted"))
        (place / "mounted" / "inner").write_text("inner")

    def look() -> object:
        texts = [(place / name).read_text() for name in ("way", "folder/deep", "mounted/inner")]
        mode = (place / "file").stat().st_mode & 0o777
        return entries(str(place)), texts, mode, write_error(place / "file")

    view = FileView((*SYSTEM, str(place)))
    names = ["file", "folder", "mounted", "way"]
    found = inside(view, look, is_root=is_root, mount=mount)[1]
    assert found == (names, ["text", "deep", "inner"], 0o646, errno.EROFS)
    assert entries(str(place / "mounted")) == []


def megabytes(path: str) -> int:
    status = os.statvfs(path)
    return status.f_blocks * status.f_frsize >> 20


def test_hidden_directories_are_empty(is_root, place):
    (place / "secret").mkdir()
    (place / "secret" / "solution").write_text("text")
    (place / "open").mkdir()
    view = FileView((*SYSTEM, str(place)), hidden=(str(place / "secret"),))
    found = inside(view, lambda: entries(str(place / "secret")), is_root=is_root)[1]
    assert found == []
    # Hiding a directory does not hide an object below it that is shown explicitly.
    hidden, room = (str(place),), 4
    view = FileView((*SYSTEM, str(place / "secret")), hidden, room=room)
    look = partial(map, megabytes, ("/tmp", "/"))
    found, (own, top) = inside(
        view, lambda: (entries(str(place / "secret")), [*look()]), is_root=is_root
    )[1]
    assert found == ["solution"]
    # Each private directory has room. The root, which is read-only, needs no limit.
    assert own == room < top


def test_without_overlays_the_files_are_still_read_only(is_root, place, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(19, "no overlays")

    monkeypatch.setattr(namespaces, "overlay", refuse)
    (place / "file").write_text("text")
    (place / "file").chmod(0o666)

    view = FileView((*SYSTEM, str(place)))
    write = partial(write_error, place / "file")
    assert inside(view, write, is_root=is_root) == (False, errno.EROFS)
    assert (place / "file").read_text() == "text"


def test_each_line_of_mountinfo_is_understood():
    line = rb"33 31 254:0 /from /a\040b\012\134c\r\xc3\xbc\011d rw,nodev shared:1 - ext4 a ro,sync"
    line = line.replace(b"\\r", b"\r").replace(b"\\xc3\\xbc", "ü".encode())
    mount = namespaces.mount_of(line)
    assert mount == namespaces.Mount("/a b\n\\c\rü\td", "ext4")


def test_changes_are_discarded(is_root, place):
    (place / "folder").mkdir()
    (place / "folder" / "file").write_text("text")
    for path in (place / "folder", place / "folder" / "file"):
        path.chmod(0o777)
        if os.geteuid() == 0:
            os.chown(path, OTHER, OTHER)

    def look() -> object:
        (place / "folder" / "file").write_text("changed")
        (place / "folder" / "new").touch()
        return entries(str(place / "folder")), (place / "folder" / "file").read_text()

    view = FileView(SYSTEM, discarding=str(place / "folder"))
    assert inside(view, look, is_root=is_root)[1] == (["file", "new"], "changed")
    assert entries(str(place / "folder")) == ["file"]
    assert (place / "folder" / "file").read_text() == "text"


def test_terminals_are_new(is_root):
    master, terminal = os.openpty()

    def look() -> tuple[bool, int]:
        os.openpty()
        try:
            return bool(os.ttyname(terminal)), len(entries("/dev/pts"))
        except OSError:
            return False, len(entries("/dev/pts"))

    _, found = inside(FileView(SYSTEM), look, is_root=is_root)
    assert found == (False, 2)  # the new terminal and ptmx
    os.close(master)
    os.close(terminal)
