"""Options and subcommands of a program, from installed files; no program is run.

The sources are the manual page, a Makefile and the branches of a git repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from simpsh.repl.manual_pages import file_text, manual_page

_FILE_BYTES = 256 << 10
"""The most bytes read of a Makefile or of packed-refs."""

Names = dict[str, str]
"""Words with their descriptions, which may be empty."""


def installed_names(words: Sequence[str], prefix: str, variables: Mapping[str, str]) -> Names:
    """Return the words that may continue a program's command; options if `prefix` begins with `-`.

    `words` is the command so far, beginning with its name. `variables` is the program's
    environment.
    """
    if "--" in words:
        return {}
    program = os.path.basename(words[0])
    # The first operand may be a subcommand.
    operands = [word for word in words[1:] if not word.startswith("-")]
    names: Names = {}
    for name, about in (
        *_of_manual(program, operands, variables).items(),
        *_of_makefile(program),
        *_of_repository(program, operands),
    ):
        is_alike = name.startswith(prefix) and (name[:1] == "-") == (prefix[:1] == "-")
        if is_alike and _NEEDS_NO_QUOTES.fullmatch(name):
            names[name] = names.get(name) or about
    # Short options come first; `--color` and `--color=` are one option.
    ranked = sorted(names, key=lambda name: (name.startswith("--"), name.lower(), name))
    return {name: names[name] for name in ranked if f"{name}=" not in names}


_NEEDS_NO_QUOTES = re.compile(r"[\w@%+=:,./-]+")


def _of_manual(program: str, operands: Sequence[str], variables: Mapping[str, str]) -> Names:
    # In `git -C FOLDER commit`, the subcommand is the first word with a manual page.
    pages = (manual_page(f"{program}-{word}", variables) for word in operands)
    own = next(filter(None, pages), None)
    page = own or manual_page(program, variables)
    if page is None:
        return {}
    return {**({} if operands else page.subcommands), **page.options}


_TARGET = re.compile(r"^([A-Za-z0-9][\w./+-]*(?: +[A-Za-z0-9][\w./+-]*)*) *::?(?!=)", re.MULTILINE)


def _of_makefile(program: str) -> Iterator[tuple[str, str]]:
    """Yield the targets of the Makefile here."""
    if program not in ("make", "gmake"):
        return
    for name in ("GNUmakefile", "makefile", "Makefile"):
        with suppress(OSError):
            for targets in _TARGET.findall(file_text(name, _FILE_BYTES)):
                for target in targets.split():
                    yield target, ""
            return


_TAKES_BRANCH = ("branch", "checkout", "log", "merge", "rebase", "switch")


def _of_repository(program: str, operands: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the branches of the repository here; see gitrepository-layout(5)."""
    if program != "git" or not operands or operands[0] not in _TAKES_BRANCH:
        return
    folder = os.getcwd()
    while not os.path.isdir(os.path.join(folder, ".git")):
        if folder == "/":
            return
        folder = os.path.dirname(folder)
    folder = os.path.join(folder, ".git")
    heads = os.path.join(folder, "refs/heads")
    for above, _, names in os.walk(heads):
        for name in names:
            yield os.path.relpath(os.path.join(above, name), heads), "branch"
    with suppress(OSError):
        packed = file_text(f"{folder}/packed-refs", _FILE_BYTES)
        for branch in re.findall(r" refs/heads/(\S+)$", packed, re.MULTILINE):
            yield branch, "branch"
