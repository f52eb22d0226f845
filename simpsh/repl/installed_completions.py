"""Options and subcommands of a program, from installed files; no program is run.

The sources are manual pages and the completions for fish and bash, read as data. Completions that
a shell would have to evaluate are skipped.
"""

from __future__ import annotations

import getopt
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import product

from simpsh.base.record import Record
from simpsh.repl.manual_pages import file_text, manual_page

_FILE_BYTES = 256 << 10
"""The most bytes read of a completion file; git's, the longest, has 171 kB."""

Names = dict[str, str]
"""Words with their descriptions, which may be empty."""


def installed_names(words: Sequence[str], prefix: str, variables: Mapping[str, str]) -> Names:
    """Return the words that may continue a program's command; options if `prefix` begins with `-`.

    `words` is the command so far, beginning with its name. `variables` is the program's
    environment.
    """
    if "--" in words:
        return {}
    line = _Line(os.path.basename(words[0]), tuple(words[1:]), prefix, variables)
    names: Names = {}
    for source in (_of_manual, _of_fish, _of_bash, _of_makefile, _of_repository):
        with suppress(OSError):
            for name, about in source(line):
                is_alike = name.startswith(prefix) and (name[:1] == "-") == (prefix[:1] == "-")
                if is_alike and _NEEDS_NO_QUOTES.fullmatch(name):
                    names[name] = names.get(name) or about
    # Short options come first; `--color` and `--color=` are one option.
    ranked = sorted(names, key=lambda name: (name.startswith("--"), name.lower(), name))
    return {name: names[name] for name in ranked if f"{name}=" not in names}


_NEEDS_NO_QUOTES = re.compile(r"[\w@%+=:,./-]+")


class _Line(Record):
    """A command that is being typed."""

    name: str
    words: tuple[str, ...]
    """The arguments before the cursor."""
    prefix: str
    variables: Mapping[str, str]

    @property
    def plain_words(self) -> list[str]:
        """The arguments that are no options; the first may be a subcommand."""
        return [word for word in self.words if not word.startswith("-")]


Rows = Iterator[tuple[str, str]]


def _of_manual(line: _Line) -> Rows:
    page = manual_page(line.name, line.variables)
    for word in line.plain_words:
        # In `git -C FOLDER commit`, the subcommand is the first word with a manual page.
        own = manual_page(f"{line.name}-{word}", line.variables)
        if own is not None:
            page = own
            break
    if page is not None:
        yield from page.options.items()
        if not line.plain_words:
            yield from page.subcommands.items()


def _installed_text(variables: Mapping[str, str], below: Sequence[str], name: str) -> str:
    """Return the first file with this name in the XDG data directories; empty if there is none.

    See the XDG Base Directory Specification, XDG_DATA_DIRS.
    """
    own = variables.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    shared = variables.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for folder, part in product((own, *shared.split(":")), below):
        with suppress(OSError):
            return file_text(os.path.join(folder, part, name), _FILE_BYTES)
    return ""


# ----------------------------------------------------------------------------------- fish


_QUOTED = r"""'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*\""""
_TRANSLATED = re.compile(rf"\((?:_|N_)\s+({_QUOTED})\s*\)", re.DOTALL)
_FISH_TOKEN = re.compile(
    rf"""(?P<gap>(?:[ \t]|\\\n)+) | (?P<end>[\n;|&]) | (?P<comment>\#[^\n]*)
       | (?P<word>(?:{_QUOTED}|\\.|[^\s'"\\;|&])+|.)""",
    re.VERBOSE | re.DOTALL,
)
_FISH_OPTIONS = "c:p:s:l:o:a:d:n:w:frFxkehCu"
_LONG_NAMES = {
    "command=": "-c", "short-option=": "-s", "long-option=": "-l", "old-option=": "-o",
    "arguments=": "-a", "description=": "-d", "condition=": "-n", "path=": "-p", "wraps=": "-w",
    "no-files": "-f", "require-parameter": "-r", "force-files": "-F", "exclusive": "-x",
    "keep-order": "-k", "erase": "-e",
}  # fmt: skip


def _of_fish(line: _Line) -> Rows:
    folders = ("fish/vendor_completions.d", "fish/completions")
    text = _TRANSLATED.sub(r"\1", _installed_text(line.variables, folders, f"{line.name}.fish"))
    lists: dict[str, str] = {}
    skips: list[bool] = []
    for command in _fish_commands(text):
        match command:
            case ["for", name, "in", *words] if not any(skips):
                # Treat the variable as if it had all its values at once.
                lists[name] = " ".join(words)
                skips.append("(" in lists[name])
            case ["if" | "for" | "while" | "switch" | "function" | "begin", *_]:
                # Only fish can evaluate the condition.
                skips.append(True)
            case ["end", *_] if skips:
                skips.pop()
            case ["set", *words] if not any(skips):
                plain = [word for word in words if not word.startswith("-")]
                if plain and "(" not in "".join(words):
                    lists[plain[0]] = " ".join(plain[1:])
            case ["complete", *words] if not any(skips):
                yield from _fish_row(words, line, lists)


@lru_cache(maxsize=8)
def _fish_commands(text: str) -> list[list[str]]:
    """Return the unquoted words of each command, without prefixes such as `and`."""
    commands: list[list[str]] = [[]]
    word = ""
    for token in _FISH_TOKEN.finditer(f"{text}\n"):
        if token.lastgroup == "word" or (token.lastgroup == "comment" and word):
            word += token[0]
            continue
        if word and (commands[-1] or word not in ("and", "or", "not")):
            commands[-1].append(_unquoted(word))
        word = ""
        if token.lastgroup == "end" and commands[-1]:
            commands.append([])
    return commands[:-1]


_FISH_QUOTES = re.compile(rf"({_QUOTED})|\\(.)", re.DOTALL)


def _unquoted(word: str) -> str:
    return _FISH_QUOTES.sub(
        lambda part: re.sub(r"\\(['\"\\$])", r"\1", part[1][1:-1]) if part[1] else part[2], word
    )


def _fish_row(words: list[str], line: _Line, lists: Mapping[str, str]) -> Rows:
    """Yield the words that a `complete` command of fish offers for the line."""
    try:
        pairs, _ = getopt.gnu_getopt(words, _FISH_OPTIONS, list(_LONG_NAMES))
    except getopt.GetoptError:
        return
    options: dict[str, list[str]] = {}
    for option, value in pairs:
        long = option.removeprefix("--")
        short = _LONG_NAMES.get(f"{long}=") or _LONG_NAMES.get(long) or option
        options.setdefault(short, []).append(
            re.sub(r"\$(\w+)", lambda name: lists.get(name[1], name[0]), value)
        )
    if line.name not in options.get("-c", []):
        return
    if not all(_fish_holds(condition, line) for condition in options.get("-n", [])):
        return
    about = options.get("-d", [""])[0]
    for kind, dash in (("-s", "-"), ("-o", "-"), ("-l", "--")):
        for name in options.get(kind, []):
            if re.fullmatch(r"[\w?+.:-]+", name):
                yield dash + name, about
    if options.keys() & {"-s", "-o", "-l"}:
        # `-a` lists the values of the option.
        return
    for arguments in options.get("-a", []):
        if not re.search(r"[$()`*?]", arguments):
            # Blanks separate words; a tab begins a word's description.
            for name, own in re.findall(r"([^\s'\"\\]+)(?:(?:\\t|\t)([^\n]*))?", arguments):
                yield name, own.strip("'\"") or about


_NEEDS_SUBCOMMAND = re.compile(
    r"__fish_(?:use_subcommand|is_first_\w+|no_arguments|\w*_needs?_(?:sub)?command|\w*no_subcommand)"
)
_HAS_SUBCOMMAND = re.compile(r"__fish_(?:seen_subcommand_from|\w*using_(?:sub)?command)")


def _fish_holds(condition: str, line: _Line) -> bool:
    """Return whether a condition of fish holds for the line; false for unknown conditions.

    >>> line = _Line("git", ("add",), "", {})
    >>> _fish_holds("not __fish_seen_subcommand_from add rm", line)
    False
    """
    holds = True
    for joint, part in re.findall(r"(;\s*and\s|&&|;\s*or\s|\|\||^)\s*([^;&|]+)", condition):
        words = part.split()
        is_denied = words[:1] in (["not"], ["!"])
        command, *names = words[is_denied:] or [""]
        if _NEEDS_SUBCOMMAND.fullmatch(command) or [command, *names] == [
            "__fish_is_nth_token",
            "1",
        ]:
            this = not line.plain_words
        elif _HAS_SUBCOMMAND.fullmatch(command):
            this = not set(names).isdisjoint(line.plain_words)
        else:
            return False
        this = this != is_denied
        holds = (holds or this) if "or" in joint or "||" in joint else (holds and this)
    return holds


# ----------------------------------------------------------------------------------- bash


_BASH_LIST = re.compile(
    rf"""(?:-W\s+|[\w\]]\+?=(?:\(\s*)?)(?:({_QUOTED})|((?:--?[\w-]+=?\s+)+))""", re.DOTALL
)
"""A list of words: the operand of `compgen -W`, or the value of a variable."""


def _of_bash(line: _Line) -> Rows:
    text = ""
    for name in (line.name, f"{line.name}.bash", f"_{line.name}"):
        text = text or _installed_text(line.variables, ["bash-completion/completions"], name)
    for word in line.plain_words:
        # The subcommand has its own function.
        start = re.search(rf"^_{re.escape(f'{line.name}_{word}')} *\(\)", text, re.MULTILINE)
        if start is not None:
            text = text[start.end() :].partition("\n}")[0]
            break
    for found in _BASH_LIST.finditer(text):
        words = (found[2] or found[1][1:-1]).split()
        is_operand = found[0].startswith("-W") and "$" not in found[0]
        for word in words:
            is_option = re.fullmatch(r"--?\w[\w-]*=?", word) is not None
            is_subcommand = is_operand and not line.plain_words
            if is_option or (is_subcommand and re.fullmatch(r"[a-z][\w-]+", word)):
                yield word, ""


# ------------------------------------------------------------------ files of a project


_TARGET = re.compile(r"^([A-Za-z0-9][\w./+-]*(?: +[A-Za-z0-9][\w./+-]*)*) *::?(?!=)", re.MULTILINE)


def _of_makefile(line: _Line) -> Rows:
    """Yield the targets of the Makefile here."""
    if line.name not in ("make", "gmake"):
        return
    for name in ("GNUmakefile", "makefile", "Makefile"):
        with suppress(OSError):
            for targets in _TARGET.findall(file_text(name, _FILE_BYTES)):
                for target in targets.split():
                    yield target, ""
            return


_TAKES_BRANCH = ("branch", "checkout", "log", "merge", "rebase", "switch")


def _of_repository(line: _Line) -> Rows:
    """Yield the branches of the repository here; see gitrepository-layout(5)."""
    if line.name != "git" or not line.plain_words or line.plain_words[0] not in _TAKES_BRANCH:
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
    for branch in re.findall(
        r" refs/heads/(\S+)$", file_text(f"{folder}/packed-refs", _FILE_BYTES), re.MULTILINE
    ):
        yield branch, "branch"
