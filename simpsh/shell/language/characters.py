"""The special characters and reserved words of the shell.

Two translation tables replace each special character of a line with a space, so that one `str.find`
finds the end of a run of plain characters.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


BLANKS = " \t"
"""The characters that separate words (POSIX, the `blank` class of the C locale)."""

END = "\0"
"""Appended to a last line without a newline; the input itself contains no NUL."""

WORD_ENDS = frozenset(" \t\n;&|<>()" + END)
"""The characters that end an unquoted word."""

UNQUOTED = str.maketrans(dict.fromkeys("\t\n;&|<>()'\"\\$`" + END, " "))
"""Replaces the characters that end a plain run outside quotes with a space."""

QUOTED = str.maketrans({" ": "_", **dict.fromkeys("\n\"'\\$`(){}" + END, " ")})
"""Replaces the characters that may end a plain run inside quotes, `${…}` or `$((…))`."""

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
DIGITS = frozenset("0123456789")
NAME = LETTERS | DIGITS
SPECIAL_PARAMETERS = frozenset("@*#?$!-")

CONTROL_OPERATORS = frozenset(("&", "&&", "(", ")", ";", ";;", ";&", "|", "||", "|&"))
REDIRECTIONS = frozenset(("<", ">", ">>", "<<", "<<-", "<<<", "<>", ">|", "<&", ">&", "&>", "&>>"))
OPERATORS = CONTROL_OPERATORS | REDIRECTIONS

OPENING_WORDS = frozenset(("{", "if", "while", "until", "for", "case"))
"""Reserved words that begin a compound command."""
CLOSING_WORDS = frozenset(("}", "fi", "done", "esac"))
"""Reserved words that end a compound command."""

CONTINUING_WORDS = frozenset(("then", "elif", "else", "do", "in"))
"""Reserved words inside a compound command."""

RESERVED = frozenset(
    (*OPENING_WORDS, *CLOSING_WORDS, "then", "elif", "else", "do", "in", "!", "time")
)
"""Reserved words, recognised at the beginning of a command; `in` and `do` also in a loop."""

TYPED_RESERVED = frozenset(("function", "[["))
"""Reserved words that only the prompt accepts."""

TEST_UNARY = frozenset(f"-{letter}" for letter in "bcdefghknprstuvwxzGLOS")
"""The operators of `[[ ]]` with one operand."""
TEST_BINARY = frozenset(
    (
        *("=", "==", "!=", "=~", "<", ">", "-nt", "-ot", "-ef"),
        *("-eq", "-ne", "-lt", "-le", "-gt", "-ge"),
    )
)
"""The operators of `[[ ]]` with two operands."""

DECLARING = ("alias", "export", "local", "readonly")
"""Built-ins whose arguments of the form NAME=value are expanded like assignments."""

MAX_DESCRIPTOR_DIGITS = 9
"""More digits before `<` or `>` are a word, not a descriptor."""


def is_name(text: str) -> bool:
    """Return whether `text` can name a variable (POSIX XBD 3.216).

    >>> is_name("_x1"), is_name("1x"), is_name("é")
    (True, False, False)
    """
    return text.isascii() and text.isidentifier()


def is_assignment(text: str) -> bool:
    """Return whether a word that begins with this text is an assignment: `NAME=`.

    >>> is_assignment("a=b=c"), is_assignment("=b"), is_assignment("1=b")
    (True, False, False)
    """
    return "=" in text and is_name(text.partition("=")[0])


def is_number(text: str) -> bool:
    """Return whether a text consists of decimal digits."""
    return text.isascii() and text.isdigit()


def is_continued(line: str) -> bool:
    """Return whether a line ends in an odd number of backslashes and a newline."""
    if not line.endswith("\\\n"):
        return False
    return (len(line) - len(line[:-1].rstrip("\\"))) % 2 == 0


_LINE_CHARACTERS = frozenset(" \t\n|&;<>()$`\"'\\*?[#~{}!")


def is_shell_line(words: Sequence[str]) -> bool:
    """Return whether the words are one line for a shell rather than a program and its arguments.

    >>> is_shell_line(["ls | wc -l"]), is_shell_line(["ls"]), is_shell_line(["echo", "a b"])
    (True, False, False)
    """
    return len(words) == 1 and any(character in _LINE_CHARACTERS for character in words[0])
