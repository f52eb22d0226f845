"""All files that simpsh keeps for a user: reading, changing, and deciding which to trust.

Files are replaced atomically, so a reader sees the old content or the new one. To change a file, a
process locks it, reads it again, applies its change and replaces it, so that no change is lost. A
file is used only if the effective user owns it and no other user can write to it or to the
directories above. Otherwise root could execute a program from another user's home.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat

from simpsh.base.complete_write import write_all
from simpsh.base.errors import SimpshError, UsageProblem, naming
from simpsh.base.phrases import listed, named
from simpsh.base.record import suppress
from simpsh.base.surroundings import NoHome, base_folder, base_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_BYTES = 64 << 20
"""The largest file that is read."""
_STATE, _CACHE, _CONFIG = (
    ("XDG_STATE_HOME", ".local/state"),
    ("XDG_CACHE_HOME", ".cache"),
    ("XDG_CONFIG_HOME", ".config"),
)
_WITHOUT_LOCKS = (errno.ENOTSUP, errno.ENOLCK, errno.ENOSYS, errno.EINVAL)
"""The errors of flock(2) on file systems without locks."""


class NotTrusted(SimpshError, OSError):
    """A file is not used: another user owns it or can write to it, or it is not a regular file."""


# ------------------------------------------------------------------------------- paths


def state_path(name: str, variables: Mapping[str, str] = os.environ) -> str:
    """Return `$XDG_STATE_HOME/simpsh/NAME`, by default below `~/.local/state`; raises NoHome."""
    return os.path.join(base_folder(*_STATE, variables), "simpsh", name)


def cache_path(name: str) -> str:
    """Return `$XDG_CACHE_HOME/simpsh/NAME`, by default below `~/.cache`; raises NoHome.

    The file is disposable.
    """
    return os.path.join(base_folder(*_CACHE), "simpsh", name)


def settings_path(variables: Mapping[str, str]) -> str:
    """Return `$XDG_CONFIG_HOME/simpsh/rc`, by default below `~/.config`; raises NoHome."""
    return os.path.join(base_folder(*_CONFIG, variables), "simpsh", "rc")


# ------------------------------------------------------------------------------- trust


def check_trust(path: str, *, is_settings: bool = False) -> None:
    """Raise NotTrusted if another user may have made or changed a file; the file need not exist.

    Checks the file and all directories on the way to it; those above the user's home, or above the
    directory of an XDG variable, are trusted. Settings may belong to root, and may be a device such
    as /dev/null.
    """
    _check_way(path)
    with suppress(FileNotFoundError, NotADirectoryError):
        _check_file(path, os.stat(path), is_settings=is_settings)


def check_folder(folder: str) -> None:
    """Raise NotTrusted if another user may have made or changed a directory, or one above it."""
    # The file need not exist: all directories on the way to it are checked.
    _check_way(os.path.join(os.path.realpath(folder), "file"))
    _check_way(folder)


def _check_way(path: str) -> str:
    """Return the file to which a path leads, without symbolic links.

    Raises NotTrusted: another user could change which file that is. The directories and links of
    the path are checked, and the directories of the file.
    """
    given = base_folders(("HOME", _STATE[0], _CACHE[0], _CONFIG[0]))
    bases = {f"{base.rstrip('/')}/" for base in (*given, *map(os.path.realpath, given))}
    path = os.path.join(os.getcwd(), path)
    real = os.path.realpath(path)
    links = [path] if os.path.islink(path) else []
    for each in dict.fromkeys((*_directories_of(path), *links, *_directories_of(real))):
        above = f"{each.rstrip('/')}/"
        # Whoever can change a directory above the home has the home, too.
        if not any(base.startswith(above) and base != above for base in bases):
            with suppress(FileNotFoundError):
                status = os.lstat(each)
                if not stat.S_ISDIR(status.st_mode) and not stat.S_ISLNK(status.st_mode):
                    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), each)
                _check(each, status, root_may_own=True)
    return real


def _directories_of(path: str) -> list[str]:
    """Return the directories of an absolute path, the root first.

    >>> _directories_of("/home/me/file")
    ['/', '/home', '/home/me']
    """
    names = path.split("/")[1:-1]
    return ["/", *("/" + "/".join(names[: count + 1]) for count in range(len(names)))]


def _check_file(path: str, status: os.stat_result, *, is_settings: bool = False) -> None:
    if is_settings and stat.S_ISCHR(status.st_mode):
        return
    if not stat.S_ISREG(status.st_mode):
        raise NotTrusted(f"{path}: it is not a regular file, and is not used")
    _check(path, status, root_may_own=is_settings)


def _check(path: str, status: os.stat_result, *, root_may_own: bool) -> None:
    """Raise NotTrusted if another user owns a file or may write to it."""
    # A link has no mode of its own; see symlink(7).
    user, mode = os.geteuid(), 0 if stat.S_ISLNK(status.st_mode) else status.st_mode
    if status.st_uid != user and not (root_may_own and status.st_uid == 0):
        raise NotTrusted(f"{path}: it belongs to another user, and is not used")
    # If the group's number is the user's, it is the user's private group.
    others = stat.S_IWOTH if status.st_gid == user else stat.S_IWOTH | stat.S_IWGRP
    # In a sticky directory, only its owner can remove or rename a file.
    if mode & others and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
        raise NotTrusted(
            f"{path}: other users can write to it, and it is not used; try: chmod go-w {path}"
        )


_reported: set[str] = set()


def is_news(problem: Exception) -> bool:
    """Return whether a problem is new; NotTrusted and NoHome are reported only once."""
    is_new = str(problem) not in _reported
    if isinstance(problem, NotTrusted | NoHome):
        _reported.add(str(problem))
    return is_new


def open_own(path: str, flags: int = os.O_RDONLY) -> int:
    """Open a regular file of this user without blocking; O_CREAT creates it with mode 0600.

    Raises NotTrusted, OSError: ENOENT EACCES ENOSPC EISDIR …; see open(2).
    """
    real = _check_way(path)
    flags |= os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        descriptor = os.open(real, flags, 0o600)
    except OSError as error:
        error.filename = path
        raise
    try:
        status = os.fstat(descriptor)
        _check_file(path, status)
        if flags & os.O_CREAT and status.st_mode & 0o077:
            # Typed lines may contain secrets, so tighten the permissions of existing files.
            os.fchmod(descriptor, 0o600)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


# ------------------------------------------------------------------------------- reading


def read_own(path: str, most: int = MOST_BYTES) -> bytes:
    """Return the content of a file of this user; raises NotTrusted, OSError."""
    descriptor = open_own(path)
    with open(descriptor, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise NotTrusted(f"{path}: it is larger than {most >> 20} MiB")
    return data


# ------------------------------------------------------------------------------- changing


class locked:  # noqa: N801 - a statement's word
    """Hold the lock of a directory of this user, which is created if it does not exist.

    Raises NotTrusted, OSError.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        make_own_folder(self._folder)
        self._descriptor = open_own(os.path.join(self._folder, ".lock"), os.O_RDWR | os.O_CREAT)
        try:
            lock(self._descriptor)
        except BaseException:
            os.close(self._descriptor)
            raise

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def lock(descriptor: int, *, waits: bool = True) -> None:
    """Lock a file until its descriptor is closed; a file system without locks is not an error.

    Raises BlockingIOError: another process holds the lock, and `waits` is false.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise


def append_own(path: str, text: str) -> None:
    """Append lines to a file of this user, which is created if it does not exist.

    Raises NotTrusted, OSError; then nothing is appended.
    """
    make_own_folder(os.path.dirname(path))
    descriptor = open_own(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        lock(descriptor)
        size = os.fstat(descriptor).st_size
        try:
            write_all(descriptor, os.fsencode(text))
        except BaseException:
            os.ftruncate(descriptor, size)
            raise
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(descriptor)


def make_own_folder(folder: str) -> None:
    """Make a directory and its missing parents, with mode 0700.

    Raises NotTrusted, OSError: an existing directory belongs to another user.
    """
    # Absolute, so that the search for an existing parent ends, at the latest at the root.
    folder = os.path.abspath(folder)
    check_folder(folder)
    missing: list[str] = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for each in reversed(missing):
        with suppress(FileExistsError):
            os.mkdir(each, 0o700)
        if not os.path.isdir(each):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), each)


# ------------------------------------------------------------------------------- atomic writes


def replace_file(
    path: str, text: str | bytes, mode: int | None = 0o600, *, follows: bool = True
) -> None:
    """Write a text to a new file and rename it to `path`; write directly to a device or FIFO.

    A symbolic link is followed; if not `follows`, `path` itself is replaced, whatever it is, unless
    it is a directory. Characters that UTF-8 cannot represent are written as escapes. If
    `mode` is None, the umask determines the permissions. The text is on disk before the rename:
    fsync(2). Raises OSError with `path` as its filename: ENOENT EACCES ENOSPC EISDIR …
    """
    data = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    try:
        if follows and not _is_replaceable(path):
            with open(path, "wb", buffering=0) as file:
                write_all(file.fileno(), data)
            return
        target = os.path.realpath(path) if follows else os.path.abspath(path)
        descriptor, temporary = _new_file_next_to(target, 0o666 if mode is None else mode)
        try:
            with open(descriptor, "wb", buffering=0) as file:
                if mode is not None:
                    os.fchmod(descriptor, mode)
                write_all(descriptor, data)
                os.fsync(descriptor)
            os.replace(temporary, target)
        except BaseException:
            # A ^C may come right after the rename; then there is no such file any more.
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
    except OSError as error:
        # The user knows this name, not the temporary one.
        error.filename, error.filename2 = path, None
        raise


def _is_replaceable(path: str) -> bool:
    """Return whether a path is a regular file or does not exist."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True


def _new_file_next_to(path: str, mode: int) -> tuple[int, str]:
    """Make a file in the same directory; return its descriptor and path."""
    # The name is random and the file new, because other users may be able to write to the
    # directory.
    temporary = os.path.join(os.path.dirname(path), f".simpsh-{os.urandom(12).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(temporary, flags, mode), temporary


def check_writable(path: str) -> None:
    """Raise the OSError that replace_file() would raise; the file is not changed.

    A command should fail before a long run if its output file cannot be written.
    """
    try:
        with suppress(FileNotFoundError):  # a new file is fine
            if not stat.S_ISFIFO(os.stat(path).st_mode):
                os.close(os.open(path, os.O_WRONLY | os.O_CLOEXEC))
        if _is_replaceable(path):
            descriptor, temporary = _new_file_next_to(os.path.realpath(path), 0o600)
            os.close(descriptor)
            os.unlink(temporary)
    except OSError as error:
        error.filename, error.filename2 = path, None
        raise


def known_suffix(path: str, known: Iterable[str]) -> str:
    """Return the suffix of a file to be written; empty if it has none.

    Raises UsageProblem: the suffix is none of the known ones.
    """
    suffix = os.path.splitext(path)[1]
    if suffix and suffix not in (known := [*known]):
        problem = f"{suffix} is not a format of simpsh; use {listed(known, 'or')}"
        raise UsageProblem(f"{named(path)}: {problem}")
    return suffix


def write_whole(
    path: str, text: str | bytes, mode: int | None = 0o600, *, follows: bool = True
) -> None:
    """Call replace_file(), but raise a one-line SimpshError if the file cannot be written."""
    with naming(path):
        replace_file(path, text, mode, follows=follows)


def make_private(folder: str) -> None:
    """Make a directory and its missing parents with mode 0700; raise SimpshError.

    The mode of an existing directory is not changed.
    """
    with naming(folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)


def keep_damaged(path: str) -> str:
    """Rename a damaged file; return a phrase about its new name."""
    copy = f"{os.path.splitext(path)[0]}.damaged"
    try:
        os.replace(path, copy)
    except OSError:
        return "left as it is"
    return f"kept as {os.path.basename(copy)}"
