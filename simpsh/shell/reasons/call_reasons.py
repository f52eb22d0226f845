"""The reason of a failed execve, open, dup2 or fork, and a suggestion what to try.

One errno has several reasons. The functions here look at the file system, as it is now, to find the
one that applies. See execve(2), open(2), dup(2), fork(2), path_resolution(7).
"""

from __future__ import annotations

import errno
import os
import stat

from simpsh.base.descriptor_limit import limit_words
from simpsh.base.failed_call import FailedCall
from simpsh.base.phrases import command_words
from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT, shebang

Reason = tuple[str, str]
"""The meaning of an error, and a suggestion."""


def reason(failed: FailedCall, path: str) -> Reason:
    """Return the meaning of a failed call, and a suggestion; `path` is the value of PATH."""
    known = _of_search(failed)
    if known is None and failed.call == "execve":
        known = _of_execve(failed, path)
    elif known is None and failed.call == "openat":
        known = _of_open(failed)
    known = known or _TABLES.get(failed.call, {}).get(failed.errno) or _of_path(failed)
    if known is None and failed.errno in (errno.EMFILE, errno.ENFILE):
        known = _sentence(limit_words(failed.errno)), "fds shows which are open"
    unknown = _sentence(os.strerror(failed.errno)), f"man 2 {failed.call}"
    meaning, attempt = known or _OF_ANY_CALL.get(failed.errno, unknown)
    names = {"$FILE": failed.path, "$ABOVE": os.path.dirname(failed.path) or "."}
    for name, path in names.items():
        attempt = attempt.replace(name, command_words((path,)))
    return meaning, attempt


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


_TABLES: dict[str, dict[int, Reason]] = {
    "execve": {
        errno.ENOEXEC: (
            "Its first bytes are no format that this kernel executes, and it is no text",
            "file $FILE; a program that was built for another machine does not run here",
        ),
        errno.E2BIG: (
            "Arguments and environment together are longer than the kernel takes, or one argument "
            f"has {ONE_ARGUMENT_LIMIT // 1024} KiB or more",
            "hand the text over in a file or by a pipe; xargs cuts a long list of arguments",
        ),
        errno.ETXTBSY: (
            "A process has the file open for writing: what is being written is not executed",
            "let the writer close it; fuser -v $FILE names the process",
        ),
    },
    "openat": {
        errno.EISDIR: (
            "It is a directory: a directory is not written with open and write",
            "name a file in it: $FILE/NAME",
        ),
        errno.EEXIST: (
            "set -C is on: > opens with O_EXCL, so that no file is overwritten",
            ">| $FILE overwrites it; >> $FILE adds to it; set +C turns that off",
        ),
        errno.ETXTBSY: (
            "A process executes this file: what is being executed is not written",
            "let the process end, or write another file and mv it here; fuser -v $FILE",
        ),
        errno.ENXIO: (
            "It is a socket, or a device without hardware: open does not reach it",
            "ls -l $FILE",
        ),
        errno.EROFS: ("Its file system is mounted read-only", "findmnt -T $ABOVE"),
        **dict.fromkeys(
            (errno.ENOSPC, errno.EDQUOT),
            ("There is no room for a new file", "df -h $ABOVE; df -i $ABOVE; quota"),
        ),
    },
    "dup2": {
        errno.EBADF: (
            "A descriptor of that number is not open here: there is nothing to copy",
            "fds shows those that are open; exec N<FILE opens one",
        )
    },
    "fork": {
        errno.EAGAIN: (
            "The limit of processes is met: of this user, or of its control group",
            "ulimit -u; ps -u $USER; cat /sys/fs/cgroup/pids.max; end some of them",
        )
    },
}
"""Reasons that do not depend on the file, by call and errno."""

_OF_ANY_CALL: dict[int, Reason] = {
    errno.ELOOP: ("Its symbolic links lead round in a circle", "ls -l $FILE; namei $FILE"),
    errno.ENAMETOOLONG: (
        "A name may have 255 bytes, and a whole path 4095: this one is longer",
        "use a shorter name",
    ),
    errno.EEXIST: ("A file of this name is there already", "ls -ld $FILE"),
    errno.ENOMEM: ("The kernel has no memory left for it", "free -h; end something large"),
}


def _of_path(failed: FailedCall) -> Reason | None:
    """Return the reason if a part of a path does not exist, or is not a directory."""
    file = failed.path
    if failed.errno == errno.ENOTDIR:
        parts = file.split("/")
        paths = ["/".join(parts[:count]) for count in range(1, len(parts))]
        files = [path for path in paths if os.path.exists(path) and not os.path.isdir(path)]
        part = files[0] if files else file
        meaning = f"{part} is a file, but the path continues after it with a slash"
        return meaning, f"ls -ld {command_words((part,))}"
    if failed.errno != errno.ENOENT:
        return None
    if os.path.islink(file):
        return f"It is a symbolic link to {os.readlink(file)}, which is not there", "ls -l $FILE"
    above = os.path.dirname(file) or "."
    if not os.path.isdir(above):
        return f"There is no directory {above}", "look at the spelling; pwd"
    return "There is no file of this name", "ls $ABOVE; pwd"


def _of_search(failed: FailedCall) -> Reason | None:
    """Return the reason if a directory in the path of a file lacks search permission."""
    if failed.errno != errno.EACCES:
        return None
    parts = (os.path.dirname(failed.path) or ".").split("/")
    for count in range(1, len(parts) + 1):
        directory = "/".join(parts[:count]) or "/"
        if os.path.isdir(directory) and not os.access(directory, os.X_OK):
            return (
                f"You may not search {directory}: a directory on the way to a file needs x",
                f"ls -ld {command_words((directory,))}",
            )
    return None


# -------------------------------------------------------------------------------- execve


def _of_refused(file: str) -> Reason:
    try:
        mode = os.stat(file).st_mode
    except OSError:
        return ("A directory on the way to it may not be searched", "namei -l $FILE")
    if stat.S_ISDIR(mode):
        return ("It is a directory: it can hold programs, but is none", "cd $FILE, or ls $FILE")
    if not stat.S_ISREG(mode):
        return (
            "It is a device, a FIFO or a socket: only a regular file is executed",
            "ls -l $FILE",
        )
    if os.statvfs(file).f_flag & os.ST_NOEXEC:
        return (
            "Its file system is mounted noexec: nothing on it is executed",
            "copy it to another file system; findmnt -T $FILE shows the mount",
        )
    if not os.access(file, os.X_OK):
        return (
            f"Its mode is {stat.filemode(mode)}: it has no x for you",
            "chmod +x $FILE; a script runs without it, too: sh $FILE",
        )
    interpreter = next(iter(shebang(file)), "")
    if interpreter:
        return (
            f"The file may be executed; {interpreter}, which its first line names, may not",
            f"ls -ld {interpreter}",
        )
    return ("The file may be executed now: its mode has changed meanwhile", "try again")


def _of_execve(failed: FailedCall, path: str) -> Reason | None:
    file = failed.path
    if failed.errno == errno.EACCES:
        return _of_refused(file)
    if failed.errno == errno.ENOENT and "/" not in file:
        name = failed.name
        if not name:
            return (
                "The command's name is the empty string: the variable that it came from is empty",
                'look at the variable; "$name" without a value is an empty word, $name is none',
            )
        count = len(path.split(":"))
        searched = f"the directory in PATH has no program {name}"
        if count > 1:
            searched = f"none of the {count} directories in PATH has a program {name}"
        if os.path.isfile(name):
            word = command_words((name,))
            first = "type" if os.access(name, os.X_OK) else f"chmod +x {word}, then"
            return (
                f"This directory has a file {name}, but PATH does not name this directory",
                f"{first} ./{word}",
            )
        return (
            searched[:1].upper() + searched[1:],
            "look at the spelling; is it installed? echo $PATH shows the directories",
        )
    if failed.errno == errno.ENOENT and os.path.exists(file):
        interpreter = next(iter(shebang(file)), "")
        if not interpreter:
            return (
                "The file is there. What is missing is the loader that the binary names",
                "file $FILE names the loader; the program was built for another system",
            )
        if interpreter.endswith("\r"):
            return (
                "Its first line ends in a carriage return, as files from Windows do: the kernel "
                f"looked for an interpreter called '{interpreter[:-1]}\\r'",
                "sed -i 's/\\r$//' $FILE",
            )
        return (
            f"The file is there. What is missing is {interpreter}, the interpreter that its first "
            "line names",
            f"correct the line #!{interpreter}, or install the interpreter",
        )
    return None


# ---------------------------------------------------------------------------------- open


def _of_open(failed: FailedCall) -> Reason | None:
    file, above = failed.path, os.path.dirname(failed.path) or "."
    if failed.errno == errno.ENOENT and not file:
        return (
            "The name of the file is the empty string: the variable that it came from is empty",
            "look at the variable in the redirection",
        )
    if failed.errno == errno.ENOENT and failed.flags & os.O_CREAT and not os.path.isdir(above):
        return (
            f"There is no directory {above}: open makes a file, but never a directory",
            "mkdir -p $ABOVE",
        )
    if failed.errno != errno.EACCES:
        return None
    if not os.path.exists(file):
        return (
            f"A new file is written into its directory, and {above} has no w for you",
            "ls -ld $ABOVE; write to another directory",
        )
    mode = stat.filemode(os.stat(file).st_mode)
    if not failed.flags & (os.O_WRONLY | os.O_RDWR):
        return f"Its mode is {mode}: you may not read it", "ls -l $FILE; id"
    return (
        f"Its mode is {mode}: you may not write it. The shell opens it, not the command: sudo in "
        "front of the command changes nothing",
        "ls -l $FILE; id; … | sudo tee $FILE",
    )
