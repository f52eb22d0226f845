"""The nodes of the syntax tree; the parser creates them, and the interpreter runs them.

Each docstring shows the concrete syntax. `==` ignores the place of a command: `line`, `source`.
"""

from __future__ import annotations

from simpsh.base.record import Node
from simpsh.shell.language.characters import DECLARING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Source = tuple[Sequence[tuple[int, int, str]], int, int]
    """The text of a command: lines, each with its offset and its number, and two offsets."""


class Literal(Node):
    """Unquoted text: `abc`, and characters such as `*` that expansion may treat as a pattern."""

    text: str


class Quoted(Node):
    """`'text'`, `$'text'`, or one character after a backslash: every character is itself."""

    text: str
    """The text without the quotes and with the escapes replaced."""
    quote: str = "'"
    r"""The opening quote: `'`, `$'` or a backslash."""


class DoubleQuoted(Node):
    """`"parts"`: only parameters, substitutions and backslashes are special inside."""

    parts: tuple[Part, ...]


class Parameter(Node):
    """`$name`, `${name}`, `${#name}` or `${name-word}` with one of the operators.

    `name` is the name of a variable, the digits of a positional parameter, or one of `@*#?$!-`.
    """

    name: str
    braced: bool = False
    operator: str = ""
    """Empty, `-` `=` `?` `+` with or without a colon, `%` `%%` `#` `##`, LENGTH or BAD."""
    operand: Word | None = None
    """The word after the operator; None without one."""


LENGTH = "length"
"""The operator of `${#name}`."""
BAD = "bad"
"""The operator of `${name:0:1}` and others not in POSIX; the operand is the rest after the name."""


class Arithmetic(Node):
    """`$((expression))`, as parts."""

    expression: tuple[Part, ...]


class CommandSubstitution(Node):
    """`$( list )` or backquotes."""

    body: List
    backquoted: bool = False


class Tilde(Node):
    """`~` or `~user` where tilde expansion applies; `user` is empty for the first form."""

    user: str


class ProcessSubstitution(Node):
    """`<( list )` or `>( list )`: the name of a pipe that connects the command and the list."""

    operator: str
    """`<` if the command reads the output of the list, `>` if it writes the list's input."""
    body: List


Part = (
    Literal
    | Quoted
    | DoubleQuoted
    | Parameter
    | CommandSubstitution
    | Arithmetic
    | Tilde
    | ProcessSubstitution
)


class Word(Node):
    """A word; only the value of an assignment `NAME=` has no parts."""

    parts: tuple[Part, ...]


class Assignment(Node):
    """`NAME=value` before a command's words."""

    name: str
    value: Word


class FileRedirection(Node):
    """`[n]OP word`, OP one of `<` `>` `>>` `<>` `>|` `<&` `>&`; `target` may be `-` after `&`."""

    operator: str
    target: Word
    descriptor: int | None = None
    """The number before the operator, or None: 0 for `<` `<>` `<&`, else 1."""


class HereDocument(Node):
    """`[n]<<END` … `END`, or `<<-END`, from whose body the parser removes leading tabs.

    `body` ends with a newline unless it is empty. After a quoted delimiter it is one Quoted part.
    """

    delimiter: str
    body: Word
    quoted: bool = False
    """Whether a part of the delimiter is quoted, so that the body is not expanded."""
    strips_tabs: bool = False
    descriptor: int | None = None


class HereString(Node):
    """`[n]<<<word`: the expanded word and a newline."""

    word: Word
    descriptor: int | None = None


Redirection = FileRedirection | HereDocument | HereString


class SimpleCommand(Node, uncompared=("line", "source")):
    """`NAME=v word … <file`: a program or builtin and its arguments."""

    assignments: tuple[Assignment, ...] = ()
    words: tuple[Word, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    """The line on which the command begins, from 1."""
    source: Source = ((), 0, 0)


class Subshell(Node, uncompared=("line", "source")):
    """`( list )`: a forked copy of the shell runs the list."""

    body: List
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    source: Source = ((), 0, 0)


class Group(Node, uncompared=("line", "source")):
    """`{ list; }`: the same process runs the list."""

    body: List
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    source: Source = ((), 0, 0)


class If(Node, uncompared=("line", "source")):
    """`if list; then list; elif list; then list; else list; fi`."""

    branches: tuple[tuple[List, List], ...]
    """Pairs of condition and body: of `if`, then of each `elif`."""
    otherwise: List | None = None
    """The body of `else`."""
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    source: Source = ((), 0, 0)


class Loop(Node, uncompared=("line", "source")):
    """`while list; do list; done`, or `until`."""

    condition: List
    body: List
    is_until: bool = False
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    source: Source = ((), 0, 0)


class For(Node, uncompared=("line", "source")):
    """`for name in word …; do list; done`; `words` is None for "$@"."""

    name: str
    words: tuple[Word, ...] | None
    body: List
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    source: Source = ((), 0, 0)


class CaseItem(Node):
    """`pattern | pattern) list;;`, or with `;&`, which continues with the next item's list."""

    patterns: tuple[Word, ...]
    body: List
    terminator: str = ";;"


class Case(Node, uncompared=("line", "source")):
    """`case word in item … esac`."""

    subject: Word
    items: tuple[CaseItem, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    source: Source = ((), 0, 0)


class FunctionDefinition(Node, uncompared=("line", "source")):
    """`name() command`; redirections belong to the command."""

    name: str
    body: Command
    line: int = 1
    source: Source = ((), 0, 0)


class Condition(Node, uncompared=("line", "source")):
    """`[[ condition ]]`, whose words are neither split nor matched against files.

    The interpreter parses the tokens: words, and the operators `&&`, `||`, `(`, `)`, `<` and `>`.
    """

    tokens: tuple[Word | str, ...]
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    source: Source = ((), 0, 0)


class ArithmeticCommand(Node, uncompared=("line", "source")):
    """`(( expression ))`: succeeds unless the value is 0."""

    expression: tuple[Part, ...]
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    source: Source = ((), 0, 0)


class ArithmeticFor(Node, uncompared=("line", "source")):
    """`for ((first; condition; step)); do list; done`."""

    first: tuple[Part, ...]
    condition: tuple[Part, ...]
    """True if it is empty."""
    step: tuple[Part, ...]
    body: List
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    source: Source = ((), 0, 0)


InShell = Group | If | Loop | For | Case | Condition | ArithmeticCommand | ArithmeticFor
"""The compound commands that run in the shell's process."""
Compound = Subshell | InShell
Command = SimpleCommand | Compound | FunctionDefinition


class Pipeline(Node):
    """`[time [-p]] [!] command | command …`; also a single command, or `time` alone."""

    commands: tuple[Command, ...]
    is_negated: bool = False
    is_timed: bool = False
    has_posix_times: bool = False
    """Whether it is `time -p`, which prints the format of POSIX."""


class AndOr(Node):
    """`first && pipeline || pipeline …`; both operators have the same precedence."""

    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...] = ()
    """Pairs of `&&` or `||` and the pipeline after it."""
    is_background: bool = False
    """Whether `&` follows."""


class List(Node):
    """`item; item & item`, also over several lines."""

    items: tuple[AndOr, ...] = ()


def merged(pieces: Iterable[Part | str]) -> tuple[Part, ...]:
    """Return the parts of a word from parts and strings; merge adjacent strings to a Literal."""
    parts: list[Part] = []
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        if texts:
            parts.append(Literal("".join(texts)))
            texts = []
        parts.append(piece)
    if texts:
        parts.append(Literal("".join(texts)))
    return tuple(parts)


def nodes_in(root: object, *closed: type) -> Iterator[Node]:
    """Yield a node, or those of a tuple, and all nodes below in order; none below a `closed` one.

    The root itself is never closed.
    """
    waiting = [root]
    while waiting:
        node = waiting.pop()
        inside: tuple[object, ...] = node if isinstance(node, tuple) else ()
        if isinstance(node, Node):
            yield node
            if node is root or not isinstance(node, closed):
                names: tuple[str, ...] = node.__match_args__
                inside = tuple([getattr(node, name) for name in names])
        waiting.extend(reversed(inside))


def assignments_from(words: Sequence[Word]) -> int:
    """Return the index of the first argument of `export` and the like; len(words) + 1 for others.

    Their arguments of the form NAME=value are expanded like assignments (POSIX XCU 2.9.1.1).
    """
    for index, word in enumerate(words):
        text = word.parts[0].text if type(word.parts[0]) is Literal else ""
        if text in DECLARING:
            return index + 1
        if text != "command":
            break
    return len(words) + 1


def plain_commands(tree: List | AndOr) -> tuple[Command, ...]:
    """Return the commands of a list that is a single pipeline without `!`, `time` or `&`; or ()."""
    if isinstance(tree, List):
        if len(tree.items) != 1 or tree.items[0].is_background:
            return ()
        tree = tree.items[0]
    pipeline = tree.first
    return () if tree.rest or pipeline.is_negated or pipeline.is_timed else pipeline.commands


def sole_command(tree: List) -> SimpleCommand | None:
    """Return the simple command of a list that consists of nothing else; or None."""
    commands = plain_commands(tree)
    command = commands[0] if len(commands) == 1 else None
    return command if isinstance(command, SimpleCommand) else None
