"""Options and subcommands of a program, from its manual page.

The search follows the rules of man(1); the page is read without running a program. Options are the
tags of paragraphs in man(7); subcommands are tags such as `git-add(1)`. A page in mdoc(7) gives
none.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

_PAGE_BYTES = 2 << 20
"""The maximum number of bytes to read of a page; gcc, zsh and ffmpeg have the longest pages."""

Names = dict[str, str]
"""Words with their descriptions, which may be empty."""


def installed_names(words: Sequence[str], prefix: str, variables: Mapping[str, str]) -> Names:
    """Return the possible next words of a command; options if `prefix` begins with `-`.

    `words` is the command so far, beginning with its name. `variables` is the program's
    environment.
    """
    if "--" in words:
        return {}
    program = os.path.basename(words[0])
    # The first operand may be a subcommand.
    operands = [word for word in words[1:] if not word.startswith("-")]
    if operands and prefix[:1] != "-":
        return {}
    # In `git -C FOLDER commit`, the subcommand is the first word with a manual page.
    pages = (manual_page(f"{program}-{word}", variables) for word in operands)
    names = next(filter(None, pages), None) or manual_page(program, variables)
    fitting = [
        name
        for name in names
        if name.startswith(prefix) and (name[:1] == "-") == (prefix[:1] == "-")
    ]
    # Short options come first; `--color` and `--color=` are one option.
    fitting.sort(key=lambda name: (name.startswith("--"), name.lower(), name))
    return {
        name: names[name]
        for name in fitting
        if _NEEDS_NO_QUOTES.fullmatch(name) and f"{name}=" not in names
    }


_NEEDS_NO_QUOTES = re.compile(r"[\w@%+=:,./-]+")


def manual_page(name: str, variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return the names in the manual page of a program; none if it cannot be read."""
    if not name or "/" in name:
        return {}
    for folder in manual_folders(variables):
        for section in ("1", "8", "6"):
            path = _page_file(os.path.join(folder, f"man{section}"), f"{name}.{section}")
            if path:
                with suppress(OSError):
                    status = os.stat(path)
                    return _parse(name, path, status.st_mtime_ns, status.st_size)
    return {}


def manual_folders(variables: Mapping[str, str]) -> list[str]:
    """Return the directories of manual pages that belong to PATH, as man(1) derives them."""
    folders: list[str] = []
    for programs in variables.get("PATH", "").split(":"):
        above = os.path.dirname(programs.rstrip("/"))
        if above.startswith("/"):
            folders += (os.path.join(above, "share/man"), os.path.join(above, "man"))
    return list(dict.fromkeys((*folders, "/usr/local/share/man", "/usr/share/man")))


def _page_file(folder: str, start: str) -> str:
    """Return the path of `ls.1`, `ls.1.gz` or `ls.1posix`; empty if there is none."""
    with suppress(OSError):
        names = [name for name in os.listdir(folder) if name.startswith(start)]
        if names:
            return os.path.join(folder, min(names, key=len))
    return ""


@lru_cache(maxsize=32)
def _parse(name: str, path: str, _changed: int, _size: int) -> Names:
    return page_of(name, file_text(path))


def file_text(path: str) -> str:
    """Return at most _PAGE_BYTES of a file, decompressed, as text.

    Raises OSError: the file is missing, unreadable, damaged or not a regular file.
    """
    # Opening a device may have effects, so check the type before. Check again afterwards and open
    # with O_NONBLOCK, because a FIFO may have replaced the file.
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(0, "not a regular file", path)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a regular file", path)
        if not path.endswith(".gz"):
            return file.read(_PAGE_BYTES).decode(errors="replace")
        # Imported here because it is slow, and not every file is compressed.
        import gzip
        import zlib

        try:
            data = gzip.GzipFile(fileobj=file).read(_PAGE_BYTES)
        except (EOFError, zlib.error) as problem:
            raise OSError(0, str(problem), path) from problem
    return data.decode(errors="replace")


# ----------------------------------------------------------------------------- the parser


_ESCAPE = re.compile(
    r"""\\(?:f(?:\[[^]]{0,40}\]|\(..|.)          # a font
         | [*nsm](?:\[[^]]{0,40}\]|\(..|[-+]?.)  # a string, a number register, a size, a colour
         | [whvXZ]'[^']{0,400}'                  # a width, a movement
         | \((..) | \[([^]]{0,40})\]             # a character by its name
         | (.)?)""",
    re.VERBOSE | re.DOTALL,
)
_CHARACTERS = {
    "aq": "'", "cq": "’", "dq": '"', "em": "—", "en": "–", "ha": "^", "hy": "-", "lq": "“",
    "oq": "‘", "rq": "”", "rs": "\\", "ti": "~", "bu": "·", "e": "\\", "-": "-", " ": " ",
    "~": " ", "0": " ", "'": "'", "`": "`", "\\": "\\", ".": ".",
}  # fmt: skip

_ARGUMENT = re.compile(r'"((?:[^"]|"")*)"?|((?:\\.|[^\s\\])+|\\)')
_FONTS = ("B", "BI", "BR", "I", "IB", "IR", "R", "RB", "RI", "SB", "SM")
_LINE_LENGTH = 4000
"""The number of characters of a line that are parsed; the longest known synopsis has a quarter."""
_NO_TAG = 400
"""A paragraph with this many characters is not a tag."""
_PARAGRAPHS = ("SH", "PP", "P", "LP", "sp", "SS", "RE")


def plain_text(source: str) -> str:
    r"""Return a line of roff as plain text, without fonts, sizes and other escapes.

    >>> plain_text(r"\fB\-\-all\fR, it\(aqs \f[I]all\f[]\&")
    "--all, it's all"
    """
    return _ESCAPE.sub(
        lambda escape: _CHARACTERS.get(escape[1] or escape[2] or escape[3] or "", ""), source
    )


def page_of(name: str, source: str) -> Names:
    r"""Return the options and subcommands that a page's source describes.

    An option with a value after `=` ends in `=`.

    >>> page_of("p", ".SH OPTIONS\n.TP\n.BR \\-a , \\-\\-all\nshow all")
    {'-a': 'show all', '--all': 'show all'}
    """
    own_page = re.compile(re.escape(name) + r"-([\w-]+) ?(?:\(\d\w*\)|$)")
    names: Names = {}
    waiting: list[str] = []
    for tag, text in _tags_and_texts(source):
        page = own_page.match(tag)
        found = options_in(tag) if tag.startswith("-") else [page[1]] if page else []
        for word in found:
            names.setdefault(word, "")
        # The text below several tags describes all of them.
        waiting += found
        if text:
            names |= {word: names[word] or text for word in waiting}
            waiting = []
    return names


_OPTION = re.compile(r"(?<![\w\[<-])(-[\w?@#+]|--\w)((?:[\w+-]|[.:](?=\w))*)(\[?=?)")


def options_in(tag: str) -> list[str]:
    """Return the options in a paragraph's tag.

    >>> options_in("-b, --[no-]block=SIZE, --color[=WHEN]")
    ['-b', '--block=', '--no-block=', '--color']
    """
    tag = re.sub(r"--\[no-\]([\w-]+)(=?)", r"--\1\2, --no-\1\2", tag)
    options = _OPTION.findall(tag)
    return [start + rest + end.removeprefix("[=") for start, rest, end in options if end != "["]


def _tags_and_texts(source: str) -> Iterator[tuple[str, str]]:
    """Yield each tag of a paragraph, or each printed text, in the order of the page."""
    paragraph: list[str] = []
    is_tag_next = False
    for line in _lines(source):
        macro, text = _macro_and_text(line)
        if macro in ("TP", "TQ", "HP"):
            is_tag_next = True
        elif macro == "IP" or (text and is_tag_next):
            yield text, ""
            is_tag_next, paragraph = False, []
        elif macro == "RS":
            # In pages made by DocBook, an indented text follows the paragraph of its tag.
            tag = " ".join(paragraph)
            if len(tag) < _NO_TAG:
                yield tag, ""
            paragraph = []
        elif macro in _PARAGRAPHS:
            paragraph = []
        elif text:
            if not paragraph:
                yield "", text
            paragraph.append(text)


def _lines(source: str) -> Iterator[str]:
    for line in source.replace("\\\n", "").split("\n"):
        if not line.startswith(('.\\"', "'\\\"", '\\"')):
            yield line[:_LINE_LENGTH]


def _macro_and_text(line: str) -> tuple[str, str]:
    """Return the macro of a line, if any, and the text that the line prints."""
    if not line.startswith((".", "'")):
        return "", plain_text(line).strip()
    macro, _, rest = line[1:].strip().partition(" ")
    words = [quoted or bare for quoted, bare in _ARGUMENT.findall(rest)]
    if macro in ("IP", "TP"):
        return macro, plain_text(words[0]).strip() if words else ""
    if macro in _FONTS:
        joint = " " if macro in ("B", "I", "R", "SB", "SM") else ""
        return "", plain_text(joint.join(words)).strip()
    if macro in ("SH", "SS"):
        return macro, plain_text(" ".join(words))
    return macro, ""
