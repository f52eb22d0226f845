"""Names of arguments that files list: targets, branches, hosts, pages, users, processes.

The files are read as data; no program runs. An unusual file only means fewer names.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise

from simpsh.base.record import Record
from simpsh.process import proc
from simpsh.repl.manual_pages import file_text, manual_folders
from simpsh.shell.state import State


class Typed(Record):
    """The arguments of a program that have been typed."""

    words: tuple[str, ...]
    """The program's name and its arguments so far."""
    prefix: str
    state: State

    def operands(self, with_value: str = "") -> list[str]:
        """Return the operands; the next word after an option of `with_value` is its value."""
        return [word for _, word in _operands(self.words, with_value)]


def _operands(words: Sequence[str], with_value: str) -> Iterator[tuple[int, str]]:
    """Yield the operands of a command with their indices."""
    is_value = has_ended = False
    for index, word in enumerate(words[1:], 1):
        if has_ended or is_value or word[:1] != "-" or word == "-":
            if not is_value:
                yield index, word
            is_value = False
        elif word == "--":
            has_ended = True
        else:
            is_value = word[:2] != "--" and word[-1] in with_value


Listing = dict[str, str]
"""Names with their descriptions, which may be empty."""

Source = Callable[[Typed], Listing | None]
"""Returns the names that can follow; None if the argument is of another kind."""


def listed_names(typed: Typed) -> Listing:
    """Return the listed names that can follow; empty if files or options can."""
    source = _SOURCES.get(os.path.basename(typed.words[0]))
    if source is None or typed.prefix[:1] == "-":
        return {}
    names = source(typed) or {}
    return {name: names[name] for name in names if name.startswith(typed.prefix)}


def command_after(words: Sequence[str]) -> int:
    """Return the index of the command that `sudo` or `env` runs; 0 if it does not begin next.

    >>> command_after(["sudo", "-u", "me"]), command_after(["env", "A=1", "ls", "-l"])
    (3, 2)
    >>> command_after(["ls"]), command_after(["sudo", "-u"]), command_after(["timeout", "5"])
    (0, 0, 2)
    """
    known = _RUNNERS.get(os.path.basename(words[0]))
    if known is None:
        return 0
    with_value, operands = known
    if len(words) > 1 and _takes_value(words[-1], with_value):
        return 0
    for index, word in _operands(words, with_value):
        if operands:
            operands -= 1
        elif "=" not in word:
            return index
    return 0 if operands else len(words)


def _takes_value(word: str, with_value: str) -> bool:
    return word[:1] == "-" and word[:2] != "--" and len(word) > 1 and word[-1] in with_value


_RUNNERS = {
    "chroot": ("", 1),
    "doas": ("Cu", 0),
    "env": ("CSu", 0),
    "ionice": ("cnpPu", 0),
    "ltrace": ("aeFlnopsSux", 0),
    "nice": ("n", 0),
    "nohup": ("", 0),
    "setsid": ("", 0),
    "stdbuf": ("eio", 0),
    "strace": ("abeEIoOpPsSuX", 0),
    "sudo": ("CDghpRrTtUu", 0),
    "timeout": ("ks", 1),
    "valgrind": ("", 0),
    "watch": ("n", 0),
    "xargs": ("adEILnPs", 0),
}
"""Programs that run another: their options with a value, and the operands before the command."""


def _lines(path: str) -> list[str]:
    """Return the lines of a regular file; none if it cannot be read."""
    with suppress(OSError):
        return file_text(path).split("\n")
    return []


# ------------------------------------------------------------------------------- make, git

_RULE = re.compile(r"([^:=#\t]+?)\s*&?::?(?![:=])")


def _targets(typed: Typed) -> Listing | None:
    """Return the targets of the Makefile, in its order, without patterns and special targets."""
    folder, names = ".", ["GNUmakefile", "makefile", "Makefile"]
    for option, value in pairwise(typed.words):
        if option == "-C":
            folder = value
        elif option == "-f":
            names = [value]
    if typed.words[-1] in ("-C", "-f", "-I", "-o", "-W"):
        return None
    paths = (os.path.join(folder, name) for name in names)
    lines = _lines(next(filter(os.path.isfile, paths), ""))
    rules = filter(None, map(_RULE.match, lines))
    targets = [target for rule in rules for target in rule[1].split()]
    return {name: "" for name in targets if name[0] != "." and not {"%", "$"} & {*name}}


_WITH_BRANCH = frozenset(
    ("branch", "checkout", "cherry-pick", "diff", "log", "merge", "rebase", "reset", "revert")
) | {"show", "switch", "tag"}
_WITH_REMOTE = frozenset(("fetch", "pull", "push"))


def _references(typed: Typed) -> Listing | None:
    """Return the branches, tags or remotes that fit after a subcommand of git."""
    operands = typed.operands(with_value="Cc")
    if not operands or "--" in typed.words:
        return None
    folders = [value for option, value in pairwise(typed.words) if option == "-C"]
    repository = _repository(os.path.join(".", *folders))
    if operands[0] in _WITH_REMOTE and len(operands) == 1:
        pattern = re.compile(r'\[remote "([^"]+)"\]')
        found = map(pattern.match, _lines(f"{repository}/config"))
        return {match[1]: "remote" for match in found if match}
    if operands[0] not in _WITH_BRANCH | _WITH_REMOTE:
        return None
    names = [*_names_below(f"{repository}/refs", ""), *_packed(repository)]
    kinds = {"heads": "branch", "tags": "tag", "remotes": "remote branch"}
    listing: Listing = {}
    for kind, description in kinds.items():
        for name in sorted(names):
            if name.startswith(f"{kind}/"):
                listing.setdefault(name.removeprefix(f"{kind}/"), description)
    return listing


def _repository(folder: str) -> str:
    """Return git's directory for a working directory; empty if there is none."""
    here = os.path.abspath(folder)
    while True:
        path = os.path.join(here, ".git")
        if os.path.isdir(path):
            return path
        link = _lines(path)[0] if os.path.isfile(path) else ""
        if link.startswith("gitdir: "):
            # A second working directory; what it shares is in the first one's directory.
            own = os.path.join(here, link.removeprefix("gitdir: "))
            return os.path.join(own, next(iter(_lines(f"{own}/commondir")), ""))
        if here == "/":
            return ""
        here = os.path.dirname(here)


def _names_below(folder: str, above: str) -> Iterator[str]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _names_below(entry.path, f"{above}{entry.name}/")
            else:
                yield f"{above}{entry.name}"


def _packed(repository: str) -> list[str]:
    rows = [line.split(" refs/") for line in _lines(f"{repository}/packed-refs")]
    return [row[1] for row in rows if len(row) > 1]


# --------------------------------------------------------------------------- hosts, pages


def _hosts(typed: Typed) -> Listing | None:
    """Return the hosts of ssh's configuration and of the known hosts that are readable."""
    with_value = "BbcDEeFIiJLlmOopQRSWw"
    if _takes_value(typed.words[-1], with_value) or typed.operands(with_value):
        return None
    return _known_hosts(typed)


def _copy_hosts(typed: Typed) -> Listing | None:
    if not typed.prefix:
        return None
    return {f"{name}:": about for name, about in _known_hosts(typed).items()}


def _known_hosts(typed: Typed) -> Listing:
    user, at, _ = typed.prefix.rpartition("@")
    folder = os.path.join(typed.state.variables.get("HOME", ""), ".ssh")
    hosts: Listing = {}
    for line in _lines(f"{folder}/config"):
        keyword, *names = line.replace("=", " ").split() or [""]
        if keyword.lower() == "host":
            hosts |= {name: "from config" for name in names if not {*name} & {*"*?!"}}
    for line in _lines(f"{folder}/known_hosts"):
        fields = line.split()
        if fields and line[0] not in "#@|":
            hosts |= {name.split("]")[0].lstrip("["): "known host" for name in fields[0].split(",")}
    return {f"{user}{at}{name}": hosts[name] for name in sorted(hosts)}


def _pages(typed: Typed) -> Listing | None:
    """Return the manual pages, of one section if it has been typed."""
    if "/" in typed.prefix or not typed.prefix:
        return None
    sections = [word for word in typed.operands() if word[:1].isdecimal()]
    listing: Listing = {}
    for folder in manual_folders(typed.state.environment()):
        for section in sections[-1:] or "123456789":
            with suppress(OSError):
                for file in os.listdir(os.path.join(folder, f"man{section[0]}")):
                    name, dot, _ = re.sub(r"\.(gz|xz|bz2|zst|Z)$", "", file).rpartition(".")
                    if dot and name.startswith(typed.prefix):
                        listing.setdefault(name, f"section {section}")
    return dict(sorted(listing.items()))


# ---------------------------------------------------------------- users, groups, processes


def _users(_typed: Typed) -> Listing:
    return {entry.pw_name: "user" for entry in pwd.getpwall()}


def _first_user(typed: Typed) -> Listing | None:
    return None if typed.operands() else _users(typed)


def _owners(typed: Typed) -> Listing | None:
    """Return users, and groups after a colon, for the first operand of chown."""
    if typed.operands():
        return None
    user, colon, _ = typed.prefix.partition(":")
    if not colon:
        return _users(typed)
    return {f"{user}:{name}": about for name, about in _groups(typed).items()}


def _groups(_typed: Typed) -> Listing:
    return {entry.gr_name: "group" for entry in grp.getgrall()}


def _first_group(typed: Typed) -> Listing | None:
    return None if typed.operands() else _groups(typed)


def _process_names(_typed: Typed) -> Listing:
    return dict.fromkeys(sorted(processes().values()), "")


def processes() -> Listing:
    """Return the user's processes: pids with the names of the programs."""
    own, user = os.getpid(), os.getuid()
    rows = ((pid, proc.status_of(pid, "")) for pid in proc.pids() if pid != own)
    pids = [pid for pid, status in rows if status is not None and status.st_uid == user]
    return {str(pid): name for pid in pids if (name := proc.command_name(pid)) and proc.argv(pid)}


def _after_user_option(typed: Typed) -> Listing | None:
    return _users(typed) if typed.words[-1] in ("-u", "-U") else None


_SOURCES: dict[str, Source] = {
    **dict.fromkeys(("apropos", "man", "whatis"), _pages),
    **dict.fromkeys(("finger", "groups", "id", "passwd", "su", "userdel", "usermod"), _first_user),
    **dict.fromkeys(("killall", "pgrep", "pidof", "pkill"), _process_names),
    **dict.fromkeys(("make", "gmake"), _targets),
    **dict.fromkeys(("mosh", "sftp", "ssh", "ssh-copy-id"), _hosts),
    **dict.fromkeys(("rsync", "scp"), _copy_hosts),
    **dict.fromkeys(("doas", "ps", "sudo"), _after_user_option),
    "chgrp": _first_group,
    "chown": _owners,
    "git": _references,
}
