"""Phrases for all packages: lists, counts, escaped text, statuses and errors."""

from __future__ import annotations

import errno
import os

from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


STATE_WORDS: Mapping[str, str] = {
    "R": "running",
    "S": "asleep",
    "D": "asleep, not to be interrupted",
    "T": "stopped",
    "t": "stopped by its tracer",
    "Z": "zombie",
    "X": "dead",
    "I": "idle",
}
"""The state letters of proc_pid_stat(5)."""


def listed(names: Sequence[str], last: str = "and") -> str:
    """Join names into a list for a sentence.

    >>> listed(["P0", "P1", "P2"]), listed(["P0", "P1"], "or"), listed([])
    ('P0, P1 and P2', 'P0 or P1', '')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def counted(number: int, noun: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "step"), counted(3, "step"), counted(2, "process", "processes")
    ('1 step', '3 steps', '2 processes')
    """
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def counted_seconds(seconds: float) -> str:
    """Return a number of seconds with its noun.

    >>> counted_seconds(1.0), counted_seconds(2.5)
    ('1 second', '2.5 seconds')
    """
    return f"{seconds:g} second" if seconds == 1 else f"{seconds:g} seconds"


def composed(text: str) -> str:
    r"""Return a text in which each letter with an accent is one character.

    A Mac writes `ü` in a file name as two characters, and a course system as one.

    >>> composed("u\u0308") == "\xfc"
    True
    """
    # A shell that starts must not load the table.
    from unicodedata import normalize

    return normalize("NFC", text)


def escaped(text: str) -> str:
    r"""Escape unprintable characters, including newlines.

    >>> print(escaped("a\tb\x1b"))
    a\tb\x1b
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def printable(text: str) -> str:
    r"""Escape everything that a terminal would obey; newlines and tabs are kept.

    These are control characters, bytes that are not text, and characters that change the direction
    of writing: see console_codes(4), and Unicode's annex 9.
    >>> print(printable("\x1b]0;title\x07 déjà\udcff"))
    \x1b]0;title\x07 déjà\xff
    """
    if text.isprintable():
        return text
    return text.translate(_ESCAPES)


def _escape(char: str) -> str:
    # A byte that is not text in this locale; see surrogateescape.
    is_byte = "\udc80" <= char <= "\udcff"
    return f"\\x{ord(char) & 0xFF:02x}" if is_byte else char.encode("unicode_escape").decode()


class _Escapes(dict[int, str]):
    """A cache from character numbers to displayed text."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        is_obeyed = (code < 0x20 and char not in "\n\t") or 0x7F <= code < 0xA0 or code in _TURNING
        shown = _escape(char) if is_obeyed or 0xD800 <= code < 0xE000 else char
        self[code] = shown
        return shown


_TURNING = frozenset((0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)))
"""Characters that end a line or change the direction of writing."""
_ESCAPES = _Escapes()


def shorten(text: str, most: int) -> str:
    """Cut a text to at most `most` characters, with an ellipsis.

    >>> shorten("a long text", 6)
    'a lon…'
    """
    return text if len(text) <= most else f"{text[: max(1, most - 1)]}…"


def named(word: str) -> str:
    r"""Format a word for the beginning of an error message, before the colon.

    An empty word is shown as quotes, a very long one is cut, invisible characters are escaped.
    >>> print(named(""), named("ls\u00a0-l"), named("a" * 300) == "a" * 199 + "…")
    '' ls\u00a0-l True
    """
    return shorten("".join(map(seen, word)), _LONGEST_NAME) if word else "''"


_LONGEST_NAME = 200


def seen(char: str) -> str:
    r"""Escape a character if it is invisible: `\xa0` is a byte, `\u00a0` is not."""
    is_wide = not char.isprintable() and 0x80 <= ord(char) < 0xD800
    return f"\\u{ord(char):04x}" if is_wide else escaped(char)


def command_words(argv: Sequence[str]) -> str:
    r"""Quote a command line so that it can be retyped, on one line.

    >>> print(command_words(("grep", "-c", "a|b", "my file", "it's", "\udcff\n")))
    grep -c 'a|b' 'my file' "it's" $'\xff\n'
    """
    return " ".join(map(_quote, argv))


_PLAIN = frozenset("@%+=:,./-_")
_IN_DOLLAR_QUOTES = {"\n": r"\n", "\t": r"\t", "'": r"\'", "\\": r"\\"}


def _quote(word: str) -> str:
    if not word.isprintable() or ("'" in word and not _ACTIVE.isdisjoint(word)):
        return f"$'{''.join(map(_in_dollar_quotes, word))}'"
    if word in ("[", "]") or (word and all(char.isalnum() or char in _PLAIN for char in word)):
        return word
    return f'"{word}"' if "'" in word else f"'{word}'"


_ACTIVE = frozenset('"$`\\!')
"""Characters that are special inside double quotes."""


def _in_dollar_quotes(char: str) -> str:
    if char.isprintable():
        return _IN_DOLLAR_QUOTES.get(char, char)
    data = char.encode(errors="surrogateescape")
    return _IN_DOLLAR_QUOTES.get(char) or "".join(f"\\x{byte:02x}" for byte in data)


def spreadsheet_cell(text: str) -> str:
    """Return a text that no spreadsheet interprets as a formula, even after blanks.

    Wide forms of the signs, which East Asian keyboards type, are treated like the signs.
    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("alice")
    ("'=1+1", 'alice')
    """
    from unicodedata import normalize

    is_formula = normalize("NFKC", text.strip()[:1]) in ("=", "+", "-", "@")
    return f"'{text}" if is_formula or text[:1] in ("\t", "\r") else text


def quoted(text: str, longest: int = 40) -> str:
    r"""Quote a text on one line, without its last newline.

    >>> quoted("started\n"), quoted("a\tb"), quoted("\n")
    ('“started”', '“a\\tb”', '“\\n”')
    """
    # Cut before escaping, because an escape is never shorter than its character.
    beginning = (text.removesuffix("\n") or text)[: longest + 1]
    return f"“{shorten(escaped(beginning), longest)}”"


def keys_typed(text: str) -> str:
    r"""Return typed characters as names of keys.

    >>> keys_typed("\x03"), keys_typed("ls\r")
    ('^C', 'ls Enter')
    """
    shown = "".join(
        " Enter " if char in "\r\n" else f"^{chr(ord(char) + 64)}" if char < " " else char
        for char in text
    )
    return shown.strip()


def ending_words(status: int) -> str:
    """Return how a process ended, as a phrase to follow its name.

    >>> ending_words(0x0300), ending_words(9)
    ('exits with status 3', 'is killed by SIGKILL')
    """
    return by_ending(status, "exits with status {}", "is killed by {}{}", "ends")


def status_words(status: int) -> str:
    """Return the meaning of a status word, as a phrase.

    >>> status_words(0x0300), status_words(9)
    ('status 3', 'killed by SIGKILL')
    """
    return by_ending(status, "status {}", "killed by {}", "a change of state")


def by_ending(status: int, exited: str, killed: str, other: str) -> str:
    """Return the phrase for an ending; `{}` is replaced by the exit status or the signal.

    A second `{}` after the signal is replaced by ", core dumped" if a core was dumped.
    """
    match decode(status):
        case Exited(code):
            return exited.format(code)
        case Killed(signal, dumped_core):
            return killed.format(signal, ", core dumped" if dumped_core else "")
        case Stopped() | Continued():
            return other


def short_status(status: int) -> str:
    """Return a status word in a few characters: the code, or the signal's name without SIG.

    >>> short_status(0x0300), short_status(15)
    ('3', 'TERM')
    """
    return by_ending(status, "{}", "{}", "?").removeprefix("SIG")


def errno_name(number: int) -> str:
    """Return an errno's name, such as `ENOENT`; its number if it has no name."""
    return errno.errorcode.get(number, str(number))


def errno_words(number: int) -> str:
    """Return an errno by name and meaning.

    >>> errno_words(2)
    'ENOENT, no such file or directory'
    """
    # The number may come from a damaged recording, and be larger than strerror accepts.
    words = os.strerror(number) if 0 <= number < 1 << 31 else "unknown error"
    return f"{errno_name(number)}, {words[:1].lower()}{words[1:]}"
