"""Names of arguments that files list: targets of make, branches of git.

The files are read as data; no program runs. An unusual file only means fewer names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from simpsh.repl.manual_pages import file_text


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
            is_value = _takes_value(word, with_value)


Listing = dict[str, str]
"""Names with their descriptions, which may be empty."""

Source = Callable[[Sequence[str]], Listing | None]
"""Returns the names that can follow a command's words; None if the next is of another kind."""


def listed_names(words: Sequence[str], prefix: str) -> Listing:
    """Return the listed names that can follow; empty if files or options can."""
    source = _SOURCES.get(os.path.basename(words[0]))
    if source is None or prefix[:1] == "-":
        return {}
    names = source(words) or {}
    return {name: names[name] for name in names if name.startswith(prefix)}


def command_after(words: Sequence[str]) -> int:
    """Return the index of the command that `sudo` or `env` runs; 0 if it does not begin next.

    >>> command_after(["sudo", "-u", "me"]), command_after(["env", "A=1", "ls", "-l"])
    (3, 2)
    >>> command_after(["ls"]), command_after(["sudo", "-u"])
    (0, 0)
    """
    with_value = _RUNNERS.get(os.path.basename(words[0]))
    if with_value is None or (len(words) > 1 and _takes_value(words[-1], with_value)):
        return 0
    operands = _operands(words, with_value)
    return next((index for index, word in operands if "=" not in word), len(words))


def _takes_value(word: str, with_value: str) -> bool:
    return word[:1] == "-" and word[:2] != "--" and len(word) > 1 and word[-1] in with_value


_RUNNERS = {
    "env": "CSu",
    "nice": "n",
    "nohup": "",
    "setsid": "",
    "strace": "abeEIoOpPsSuX",
    "sudo": "CDghpRrTtUu",
    "xargs": "adEILnPs",
}
"""Programs that run another, with their options that have a value."""


def _lines(path: str) -> list[str]:
    """Return the lines of a regular file; none if it cannot be read."""
    with suppress(OSError):
        return file_text(path).split("\n")
    return []


# ------------------------------------------------------------------------------- make, git

_RULE = re.compile(r"([^:=#\t]+?)\s*&?::?(?![:=])")


def _targets(words: Sequence[str]) -> Listing | None:
    """Return the targets of the Makefile, in its order, without patterns and special targets."""
    if {"-C", "-f"} & {*words}:
        return None
    lines = _lines(next(filter(os.path.isfile, ("GNUmakefile", "makefile", "Makefile")), ""))
    rules = filter(None, map(_RULE.match, lines))
    targets = [target for rule in rules for target in rule[1].split()]
    return {name: "" for name in targets if name[0] != "." and not {"%", "$"} & {*name}}


_WITH_BRANCH = frozenset(
    ("branch", "checkout", "cherry-pick", "diff", "log", "merge", "rebase", "reset", "revert")
) | {"show", "switch", "tag"}
_WITH_REMOTE = frozenset(("fetch", "pull", "push"))


def _references(words: Sequence[str]) -> Listing | None:
    """Return the branches, tags or remotes that fit after a subcommand of git."""
    operands = [word for _, word in _operands(words, with_value="c")]
    if not operands or {"--", "-C"} & {*words}:
        return None
    repository = _repository()
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


def _repository() -> str:
    """Return git's directory for the working directory; it may not exist."""
    here = os.path.abspath(".")
    while True:
        path = os.path.join(here, ".git")
        if os.path.isdir(path) or here == "/":
            return path
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


_SOURCES: dict[str, Source] = {**dict.fromkeys(("make", "gmake"), _targets), "git": _references}
