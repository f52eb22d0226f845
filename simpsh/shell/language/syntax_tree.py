"""The tree of a command line: what the parser makes, what the interpreter walks.

Each node's docstring shows its concrete syntax. Places (`line`, `start`, `end`) are not compared.
"""

from __future__ import annotations

from simpsh.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from simpsh.base.errors import LeftOut


# ------------------------------------------------------------------------------- words


class Literal(Record):
    """Unquoted text: `abc`, and characters such as `*` that expansion may treat as a pattern."""

    text: str


class Quoted(Record):
    """`'text'`, `$'text'`, or one character after a backslash: every character is itself."""

    text: str
    """What the quotes stand for; they are no part of it."""
    quote: str = "'"
    r"""What begins it: `'`, `$'` or a backslash."""


class DoubleQuoted(Record):
    """`"parts"`: only parameters, substitutions and backslashes are special inside."""

    parts: tuple[Part, ...]


class Parameter(Record):
    """`$name`, `${name}`, `${#name}` or `${name-word}` with one of the operators.

    The name is a variable's, a positional parameter's digits, or one of `@*#?$!-`.
    """

    name: str
    braced: bool = False
    operator: str = ""
    """Empty, `-` `=` `?` `+` perhaps after a colon, `%` `%%` `#` `##`, LENGTH or BAD."""
    operand: Word | None = None
    """The word after the operator; None without one."""


LENGTH = "length"
"""The operator of `${#name}`."""
BAD = "bad"
"""The operator of what POSIX does not have, `${name:0:1}`; the operand is all after the name."""


class Arithmetic(Record):
    """`$((expression))`, in the parts of its text."""

    expression: tuple[Part, ...]


class CommandSubstitution(Record):
    """`$( list )` or backquotes."""

    body: List
    backquoted: bool = False


class Tilde(Record):
    """`~` or `~user` where tilde expansion applies; `user` is empty for the first form."""

    user: str


class ProcessSubstitution(Record, uncompared=("mistake",)):
    """`<( list )` or `>( list )`: the name of a pipe whose other end the list has."""

    operator: str
    """`<` if the command reads what the list writes, `>` for the opposite."""
    body: List
    mistake: LeftOut | None = None
    """The error to report when a script reaches it; None where it is accepted."""


class Braces(Record):
    """`{a,b}` or `{1..3}`: as many words as there are alternatives."""

    alternatives: tuple[tuple[Part, ...], ...]
    steps: str = ""
    """The text of a sequence such as `1..3`, which has no alternatives."""


class ArrayValue(Record, uncompared=("mistake",)):
    """`(word …)` after `NAME=`; arrays are left out."""

    parts: tuple[Part, ...]
    """What is between the parentheses."""
    mistake: LeftOut


Part = (
    Literal
    | Quoted
    | DoubleQuoted
    | Parameter
    | CommandSubstitution
    | Arithmetic
    | Tilde
    | ProcessSubstitution
    | Braces
    | ArrayValue
)


class Word(Record):
    """A word of the line, in its parts; an empty tuple only in an assignment `NAME=`."""

    parts: tuple[Part, ...]


class Assignment(Record):
    """`NAME=value` before a command's words."""

    name: str
    value: Word


# ------------------------------------------------------------------------ redirections


class FileRedirection(Record):
    """`[n]OP word`, OP one of `<` `>` `>>` `<>` `>|` `<&` `>&`; `target` may be `-` after `&`."""

    operator: str
    target: Word
    descriptor: int | None = None
    """The number before the operator, or None: 0 for `<` `<>` `<&`, else 1."""


class HereDocument(Record, uncompared=("start", "end")):
    """`[n]<<END` … `END`, or `<<-END`, whose body's leading tabs are already taken away.

    `body` is the text with its parameters and substitutions; of a quoted delimiter, one
    Quoted part. It ends with a newline unless it is empty.
    """

    delimiter: str
    body: Word
    quoted: bool = False
    """Whether any part of the delimiter was quoted: then nothing in the body is expanded."""
    strips_tabs: bool = False
    descriptor: int | None = None
    start: int = 0
    end: int = 0


class HereString(Record):
    """`[n]<<<word`: the expanded word and a newline."""

    word: Word
    descriptor: int | None = None


class LeftOutRedirection(Record, uncompared=("mistake",)):
    """`{name}>file`, which is left out."""

    variable: str
    redirection: FileRedirection | HereDocument | HereString
    mistake: LeftOut
    descriptor: int | None = None


Redirection = FileRedirection | HereDocument | HereString | LeftOutRedirection

# ---------------------------------------------------------------------------- commands


class SimpleCommand(Record, uncompared=("line",)):
    """`NAME=v word … <file`: a program or builtin and its arguments."""

    assignments: tuple[Assignment, ...] = ()
    words: tuple[Word, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    """The line of the script on which the command begins, from 1."""


class Subshell(Record, uncompared=("line", "arithmetic")):
    """`( list )`: a forked copy of the shell runs the list."""

    body: List
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    arithmetic: LeftOut | None = None
    """The error to report if it is `((expression))` of another shell; None otherwise."""


class Group(Record, uncompared=("line",)):
    """`{ list; }`: the same process runs the list."""

    body: List
    redirections: tuple[Redirection, ...] = ()
    line: int = 1


class If(Record, uncompared=("line",)):
    """`if list; then list; elif list; then list; else list; fi`."""

    branches: tuple[tuple[List, List], ...]
    """Pairs of a condition and what is run where it succeeds: of `if`, then of each `elif`."""
    otherwise: List | None = None
    """What stands after `else`."""
    redirections: tuple[Redirection, ...] = ()
    line: int = 1


class Loop(Record, uncompared=("line",)):
    """`while list; do list; done`, or `until`, which goes on as long as its condition fails."""

    condition: List
    body: List
    is_until: bool = False
    redirections: tuple[Redirection, ...] = ()
    line: int = 1


class For(Record, uncompared=("line",)):
    """`for name in word …; do list; done`; without `in`, `words` is None: it means "$@"."""

    name: str
    words: tuple[Word, ...] | None
    body: List
    redirections: tuple[Redirection, ...] = ()
    line: int = 1


class CaseItem(Record):
    """`pattern | pattern) list;;`, or with `;&`, which goes on to the next item's list."""

    patterns: tuple[Word, ...]
    body: List
    terminator: str = ";;"
    """`;;` or `;&`; of a last item without any, `;;`."""


class Case(Record, uncompared=("line",)):
    """`case word in item … esac`."""

    subject: Word
    items: tuple[CaseItem, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    line: int = 1


class FunctionDefinition(Record, uncompared=("line",)):
    """`name() command`; what redirects the function belongs to its body."""

    name: str
    body: Command
    line: int = 1


class Test(Record):
    """A condition in `[[ ]]`: `word`, `-f word` or `word = word`."""

    operator: str
    """Empty for a word alone, which is true unless it is empty."""
    operands: tuple[Word, ...]


class Negation(Record):
    """`! condition` in `[[ ]]`."""

    inside: Expression


class Parenthesized(Record):
    """`( condition )` in `[[ ]]`."""

    inside: Expression


class Joined(Record):
    """`condition && condition` or `condition || condition` in `[[ ]]`."""

    operator: str
    left: Expression
    right: Expression


Expression = Test | Negation | Parenthesized | Joined


class Condition(Record, uncompared=("line",)):
    """`[[ condition ]]`: its words are neither split nor taken for patterns of files."""

    expression: Expression
    redirections: tuple[Redirection, ...] = ()
    line: int = 1


class ArithmeticCommand(Record, uncompared=("line",)):
    """`(( expression ))`: succeeds unless the value is 0."""

    expression: tuple[Part, ...]
    redirections: tuple[Redirection, ...] = ()
    line: int = 1


class ArithmeticFor(Record, uncompared=("line",)):
    """`for ((first; condition; step)); do list; done`."""

    first: tuple[Part, ...]
    condition: tuple[Part, ...]
    """It is true if it is empty."""
    step: tuple[Part, ...]
    body: List
    redirections: tuple[Redirection, ...] = ()
    line: int = 1


class LeftOutCommand(Record, uncompared=("mistake", "line")):
    """A construct that is left out in scripts: it reports an error when it is reached."""

    construct: str
    """Its name in left_out_constructs.py."""
    command: Command | Pipeline
    """What it is in another shell, as far as the tree can show it."""
    mistake: LeftOut
    line: int = 1


InShell = Group | If | Loop | For | Case | Condition | ArithmeticCommand | ArithmeticFor
"""The compound commands for which the shell makes no process."""
Compound = Subshell | InShell
Command = SimpleCommand | Compound | FunctionDefinition | LeftOutCommand


class Pipeline(Record):
    """`[time [-p]] [!] command | command …`; one command is a pipeline too.

    `time` alone (no commands) is legal: it times nothing.
    """

    commands: tuple[Command, ...]
    is_negated: bool = False
    is_timed: bool = False
    has_posix_times: bool = False
    """Whether it is `time -p`, which prints what POSIX has and no more."""


class AndOr(Record):
    """`first && pipeline || pipeline …`, from left to right, both operators of equal rank."""

    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...] = ()
    """Pairs of `&&` or `||` and the pipeline that follows it."""
    is_background: bool = False
    """Whether `&` follows: the shell does not wait."""


class List(Record):
    """`item; item & item`, also over several lines."""

    items: tuple[AndOr, ...] = ()


def nodes_in(root: Record) -> Iterator[Record]:
    """Return a node and all nodes below it, in no particular order."""
    waiting: list[object] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(node)
        elif isinstance(node, Record):
            yield node
            names: tuple[str, ...] = node.__match_args__
            waiting.extend([getattr(node, name) for name in names])


def plain_commands(tree: List | AndOr) -> tuple[Command, ...]:
    """Return the commands of a list that is one pipeline, without `!`, `time` or `&`; else ()."""
    if isinstance(tree, List):
        if len(tree.items) != 1 or tree.items[0].is_background:
            return ()
        tree = tree.items[0]
    pipeline = tree.first
    return () if tree.rest or pipeline.is_negated or pipeline.is_timed else pipeline.commands


def sole_command(tree: List) -> SimpleCommand | None:
    """Return the simple command that is all of a list, if it is: it needs no second fork."""
    commands = plain_commands(tree)
    command = commands[0] if len(commands) == 1 else None
    return command if isinstance(command, SimpleCommand) else None
