"""The directories and mounts that a private root shows, each in the best manner that works.

An overlay shows one file system, and a user namespace may not uncover what a mount covers, be it on
a directory or on a file. So a directory with mounts in it is rebuilt: its files are copied, and its
directories are shown one by one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from simpsh.base.file_facts import is_link, real_path
from simpsh.base.record import Record
from simpsh.kernel import namespaces
from simpsh.kernel.descriptors import close
from simpsh.kernel.processes import NOFILE, Limit, getrlimit, setrlimit
from simpsh.process.changeable_layers import (
    BASE,
    NOTHING,
    ROOT,
    Fixed,
    Layers,
    copy_entry,
    is_below,
    make_alike,
    opened,
)
from simpsh.process.mount_manners import OF_KERNEL, Manner, Reason, Shown
from simpsh.process.own_directory import remove_tree

OWN = ("/proc", "/dev", "/sys")
"""Directories of the outside that the private root never shows."""
_LARGEST_COPY = 16 << 20
"""Larger files and trees are not copied."""
_MOST_COPIED = 2000
"""Trees with more entries are not copied."""
_MANY = 64
_SERVED = "fuse"
"""The beginning of the types of file systems for which a program answers."""
_OF_THE_MACHINE = (errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EINTR)
"""Errors that say nothing about a file: nothing may be hidden for them."""


class _Place(Record):
    """A directory or file of the outside that gets a mount of its own."""

    descriptor: int
    kind: str
    """The type of its file system."""
    is_rebuilt: bool
    facts: os.stat_result


class ShownPlaces:
    """What is shown below ROOT.

    Args:
        private: directories that begin empty, and hide those of the outside.
        own: directories that get a separate layer.
        working: a directory that is copied, if the one that it is in can only be read.
        room: how many bytes all copies may take.
        layers: where the changeable directories are registered; None if all is read-only.
    """

    def __init__(
        self,
        private: tuple[str, ...],
        own: tuple[str, ...],
        working: str,
        room: int,
        layers: Layers | None,
    ) -> None:
        self._private, self._own, self._working, self._room = private, own, working, room
        self._layers = layers
        self.links: dict[str, str] = {}
        """The symbolic links on the way to what is shown."""
        self._places: dict[str, _Place] = {}
        self._shown: dict[str, Shown] = {}
        self._spare = ""
        """A place that is needed only if the directory that it is in can only be read."""
        self._fixed: list[tuple[Fixed, Reason, str]] = []
        self._mounts = {mount.number: mount for mount in namespaces.mounts()}
        self._served = {
            each.path: each.kind for each in self._mounts.values() if self._is_served(each)
        }
        """Mounts that are not looked at, and the types of their file systems: that may take for
        ever."""
        self._mounted_on = {
            each.path for each in self._mounts.values() if self._is_there(each.path)
        }
        self._above = {above for path in self._mounted_on for above in _parents(path)}

    def _is_served(self, mount: namespaces.Mount) -> bool:
        """Return whether another program answers for a mount, which nothing here needs."""
        if not mount.kind.startswith(_SERVED) or mount.kind in OF_KERNEL:
            return False
        programs = sys.prefix, *os.get_exec_path()
        needed = map(real_path, filter(None, (*self._own, self._working, *programs)))
        return not any(path == mount.path or is_below(path, mount.path) for path in needed)

    def _is_there(self, path: str) -> bool:
        return any(each in self._served for each in (path, *_parents(path))) or _exists(path)

    @property
    def paths(self) -> list[str]:
        """The real paths that show() expects, after open()."""
        return sorted(self._places)

    @property
    def manners(self) -> tuple[Shown, ...]:
        """How each directory is shown, and each file that is no copy."""
        return tuple(self._shown[path] for path in sorted(self._shown))

    # -- before anything is mounted

    def open(self, seen: tuple[str, ...]) -> None:
        """Open all that is shown, while it can be reached."""
        with _many_descriptors():
            for path in sorted({_resolve(path, self.links) for path in seen if _exists(path)}):
                above = self._place_above(path)
                is_covered = any(
                    is_below(path, target) and is_below(target, above) for target in self._private
                )
                if not above or is_covered or self._places[above].is_rebuilt:
                    self._add(path)
            for path in filter(None, (*self._own, self._working)):
                separate = _resolve(path, self.links)
                above = self._place_above(separate)
                if separate not in self._places and above and not self._places[above].is_rebuilt:
                    self._add(separate)
                    if path not in self._own:
                        self._spare = separate

    def _place_above(self, path: str) -> str:
        return next((above for above in _parents(path) if above in self._places), "")

    def _add(self, path: str) -> None:
        """Add a directory or file, and what is in a directory that must be rebuilt."""
        if path in self._places or path in self._shown:
            return
        if path in self._served:
            self._note(path, Manner.HIDDEN, Reason.SERVED, self._served[path])
            return
        descriptor = -1
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            if len(self._places) > _MANY:
                descriptor = _out_of_the_way(descriptor)
            kind = self._kind(descriptor)
            facts = None if kind in OF_KERNEL else os.stat(opened(descriptor))
        except FileNotFoundError:  # Another program has just removed it.
            return
        except OSError as error:  # Such as the FUSE of another user: nobody else may look at it.
            _must_be_of_file(error)
            self._note(path, Manner.HIDDEN, Reason.UNREACHABLE, os.strerror(error.errno or 0))
            facts = None
        else:
            if facts is None:
                self._note(path, Manner.HIDDEN, Reason.OF_KERNEL, kind)
        if facts is None:
            if descriptor >= 0:
                close(descriptor)
            return
        is_rebuilt = stat.S_ISDIR(facts.st_mode) and path in self._above
        self._places[path] = _Place(descriptor, kind, is_rebuilt, facts)
        for entry in self._directories_in(path) if is_rebuilt else ():
            if entry not in (*OWN, *self._private):
                self._add(entry)

    def _directories_in(self, path: str) -> list[str]:
        try:
            with os.scandir(path) as entries:
                return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError as error:
            _must_be_of_file(error)
            self._note(path, Manner.HIDDEN, Reason.UNREADABLE)
            known = self._above | self._mounted_on
            return sorted(each for each in known if os.path.dirname(each) == path != each)

    def _kind(self, descriptor: int) -> str:
        """Return the type of the file system that an open file is in; empty if it is unknown."""
        with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as file:
            [number] = [line.split()[1] for line in file if line.startswith("mnt_id:")]
        mount = self._mounts.get(int(number))
        return mount.kind if mount is not None else ""

    def _note(
        self, path: str, manner: Manner, reason: Reason = Reason.NONE, detail: str = ""
    ) -> None:
        self._shown[path] = Shown(path, manner, reason, detail)

    # -- below the new root

    def show(self, path: str, number: int) -> None:
        """Show one of the paths; those above it come first.

        `number` is the name of a directory of the base for it.
        """
        place = self._places[path]
        if stat.S_ISREG(place.facts.st_mode):
            self._show_file(path, opened(place.descriptor), f"{BASE}/{number}")
        elif not stat.S_ISDIR(place.facts.st_mode):
            self._note(path, Manner.HIDDEN, Reason.DEVICE)
        else:
            os.makedirs(ROOT + path, exist_ok=True)
            if self._layers is not None:
                self._show_changeable(path, place, number, self._layers)
                return
            if place.is_rebuilt:
                self._rebuild(path, ROOT + path)
            else:
                self._show_unchangeable(path, place)
        close(place.descriptor)

    def _show_file(self, path: str, source: str, room: str) -> None:
        target = ROOT + path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        # The room of a private directory is for the files that processes write.
        is_apart = any(is_below(path, above) for above in self._private)
        copy = shutil.copyfile(source, room if is_apart else target)
        make_alike(copy, source)
        if is_apart:
            with open(target, "xb"):
                namespaces.bind(room, target)
            namespaces.remount_read_only(target)

    def _show_unchangeable(self, path: str, place: _Place) -> None:
        source = opened(place.descriptor)
        try:
            namespaces.overlay(source, ROOT + path, NOTHING)
            self._note(path, Manner.OVERLAY)
        except OSError as error:
            _must_be_of_file(error)
            self._fix(Fixed(path, source), Reason.NO_LAYER, place.kind)

    def _show_changeable(self, path: str, place: _Place, number: int, layers: Layers) -> None:
        """Show a directory as an overlay, or as a copy, or read-only."""
        copy, lower = f"{BASE}/{number}-copy", f"/proc/self/fd/{layers.base}/{number}-copy"
        source = opened(place.descriptor)
        if place.is_rebuilt:
            os.mkdir(copy)
            self._rebuild(path, copy)
            if path == "/":
                layers.keep_top(copy, ROOT)
            else:
                layers.mount(path, place.descriptor, lower, number, ROOT)
            self._fix_all()
            return
        if path == self._spare and not self._shown[self._place_above(path)].shares_inodes:
            return  # It can be changed together with the directory that it is in.
        try:
            layers.mount(path, place.descriptor, source, number, ROOT)
            self._note(path, Manner.OVERLAY)
        except OSError:
            try:
                self._copy_tree(source, copy, path)
                layers.mount(path, place.descriptor, lower, number, ROOT)
                self._note(path, Manner.COPY, Reason.NO_LAYER, place.kind)
            except OSError:  # It is large, or cannot be read.
                remove_tree(copy)
                self._fix(Fixed(path, source), Reason.NO_LAYER, place.kind)

    def _fix(self, fixed: Fixed, reason: Reason, detail: str) -> None:
        """Show something read-only, or hide it if that fails."""
        try:
            if self._layers is None:
                fixed.mount(ROOT)
            else:
                self._layers.fix(fixed, ROOT)
            self._note(fixed.target, Manner.READ_ONLY, reason, detail)
        except OSError as error:
            _must_be_of_file(error)
            cause = os.strerror(error.errno or 0)
            self._note(fixed.target, Manner.HIDDEN, Reason.UNREACHABLE, cause)

    def _fix_all(self) -> None:
        for fixed, reason, detail in self._fixed:
            self._fix(fixed, reason, detail)
        self._fixed.clear()

    def _copy_tree(self, source: str, target: str, path: str) -> None:
        """Copy a whole directory; raises OSError: it is large, or cannot be read."""
        left, room, todo = _MOST_COPIED, min(self._room, _LARGEST_COPY), [""]
        most, made = room, list[str]()
        while todo:
            below = todo.pop()
            made.append(below)
            self._copy(f"{source}{below}/.", target + below, path + below)
            with os.scandir(source + below) as entries:
                for entry in entries:
                    name, left = f"{below}/{entry.name}", left - 1
                    is_directory = entry.is_dir(follow_symlinks=False)
                    if is_directory:
                        todo.append(name)
                    else:
                        room -= entry.stat(follow_symlinks=False).st_size
                    if left < 0 or room < 0:
                        raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))
                    if not is_directory:
                        self._copy(source + name, target + name, path + name)
        for below in made:
            make_alike(target + below, source + below)  # the times
        self._room -= most - room

    def _copy(self, source: str, target: str, path: str) -> None:
        is_own = copy_entry(source, target)
        if self._layers is None:
            return
        facts = os.lstat(source)
        if not is_own:
            self._layers.foreign.add(path)
        if stat.S_ISREG(facts.st_mode) and facts.st_nlink > 1:
            self._layers.linked.add(path)

    # -- directories with mounts in them

    def _rebuild(self, path: str, target: str) -> None:
        """Give a new directory the entries of one outside: copies, and places for mounts."""
        source = opened(self._places[path].descriptor)
        if path not in self._shown:
            self._note(path, Manner.COPY, Reason.MOUNTED_IN)
            for name in os.listdir(source):
                with suppress(FileNotFoundError):  # Another program has just removed it.
                    self._rebuild_entry(
                        os.path.join(path, name), f"{source}/{name}", f"{target}/{name}"
                    )
        for below, place in self._places.items():
            if os.path.dirname(below) == path != below and stat.S_ISDIR(place.facts.st_mode):
                os.makedirs(f"{target}/{os.path.basename(below)}", exist_ok=True)
        if not make_alike(target, source) and self._layers is not None:
            self._layers.foreign.add(path)

    def _rebuild_entry(self, path: str, source: str, target: str) -> None:
        """Copy a file, or make a place for a mount; note what is not as outside."""
        if path in self._places or path in self._shown:
            place = self._places.get(path)
            if place is None or stat.S_ISDIR(place.facts.st_mode):
                os.mkdir(target)
                with suppress(OSError):  # It cannot be reached.
                    if path not in self._served:
                        make_alike(target, source)
            return
        try:
            facts = os.lstat(source)
        except PermissionError as error:
            self._note(path, Manner.HIDDEN, Reason.UNREACHABLE, os.strerror(error.errno or 0))
            return
        if stat.S_ISDIR(facts.st_mode):
            os.mkdir(target)
            make_alike(target, source)
            return
        reason, detail = self._why_not_copied(path, source, facts), ""
        if reason is Reason.NONE:
            try:
                self._copy(source, target, path)
            except FileNotFoundError:
                raise
            except PermissionError:
                reason = Reason.UNREADABLE
            except OSError as error:
                _must_be_of_file(error)
                reason, detail = Reason.UNREACHABLE, os.strerror(error.errno or 0)
            else:
                self._room -= facts.st_size
                return
        # Without layers, locks of the outside would be shared.
        if self._layers is None or reason is Reason.OF_KERNEL:
            self._note(path, Manner.HIDDEN, reason, detail or self._kind_at(source))
            return
        with open(target, "xb"):
            self._fixed.append((Fixed(path, source), reason, detail))

    def _why_not_copied(self, path: str, source: str, facts: os.stat_result) -> Reason:
        if path in self._mounted_on and self._kind_at(source) in OF_KERNEL:
            return Reason.DEVICE if _is_device(facts) else Reason.OF_KERNEL
        if _is_device(facts):
            return Reason.DEVICE
        is_large = facts.st_size > min(_LARGEST_COPY, self._room)
        return Reason.TOO_LARGE if is_large and stat.S_ISREG(facts.st_mode) else Reason.NONE

    def _kind_at(self, path: str) -> str:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return self._kind(descriptor)
        finally:
            close(descriptor)


def _must_be_of_file(error: OSError) -> None:
    if error.errno in _OF_THE_MACHINE:
        raise error


def _is_device(facts: os.stat_result) -> bool:
    return stat.S_ISCHR(facts.st_mode) or stat.S_ISBLK(facts.st_mode)


def _parents(path: str) -> Iterator[str]:
    """Yield the directories that a path is in, from the nearest to the root."""
    while path != "/":
        path = os.path.dirname(path)
        yield path


def _exists(path: str) -> bool:
    """Return whether a path exists; also if nobody may look at what is there."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        _must_be_of_file(error)
    return True


@contextmanager
def _many_descriptors() -> Iterator[None]:
    """Permit as many descriptors as possible for a while: each mount needs one."""
    limit = getrlimit(NOFILE)
    setrlimit(NOFILE, Limit(limit.hard, limit.hard))
    try:
        yield
    finally:
        setrlimit(NOFILE, limit)


def _out_of_the_way(descriptor: int) -> int:
    """Move a descriptor above the usual limit, so that enough are left below it."""
    usual = 1024
    try:
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, usual)
    except OSError:  # The limit cannot be raised.
        return descriptor
    close(descriptor)
    return moved


def _resolve(path: str, links: dict[str, str]) -> str:
    """Return a path that exists without symbolic links; add the links on the way to `links`."""
    done, left = "/", [part for part in path.split("/") if part]
    while left:
        name = left.pop(0)
        entry = os.path.normpath(os.path.join(done, name))
        if is_link(entry):
            links[entry] = os.readlink(entry)
            if links[entry].startswith("/"):
                done = "/"
            left[:0] = [part for part in links[entry].split("/") if part]
        else:
            done = entry
    return done
