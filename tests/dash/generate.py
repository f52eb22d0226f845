"""Random programs of simpsh's language that every shell must run alike.

    python -m tests.dash.generate SEED      prints the program of that seed

A program is a tree: text with commands and words in its holes. Only programs with one possible
outcome are made: no process ids, no times; a pipeline's stages and background commands write to
files of their own, and a stage that has an input reads it to the end before it does anything else.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Node:
    """Text with holes."""

    kind: str
    """'command', 'word', 'list' (its pieces may be left out one by one) or 'part'."""
    pieces: tuple[str | Node, ...]
    joint: str = ""
    """Separators of pieces."""

    def __str__(self) -> str:
        return self.joint.join(map(str, self.pieces))


@dataclass(frozen=True)
class Around:
    """Contexts for generated pieces."""

    depth: int = 3
    alone: bool = True
    """Nobody else runs at the same time: patterns and shared files have one meaning."""
    in_subshell: bool = False
    in_place: bool = True
    """The working directory is the one where the program began."""
    in_loop: bool = False
    """In a loop of the same function and process, which `break` and `continue` may leave."""
    in_function: bool = False
    """In a function, which `return` may leave."""
    obeys_errexit: bool = False
    """Inside `set -e`: whether a background command there is spared too, shells disagree."""
    may_begin_errexit: bool = True
    """Not in `$( )` and `&`: shells disagree whether a condition around them spares them."""

    def deeper(self, **changes: bool) -> Around:
        return replace(self, depth=self.depth - 1, **changes)


NAMES = ("A", "B", "C", "long_name")
PLAIN = ("a", "bc", "x1", "word", "0", "7", "-n", "a.b", "a=b", "%", "a:b", ",")
QUOTED = (
    "'s  q'", '"d  q"', "''", '""', "'$A'", r"\$A", r"a\ b", "'\"'", '"\'"', r'"\""', "'a\nb'",
    '"#"', "a#b", r"\\", r"'\'", "'*'", r"\?", '"[a]"', "'~'", "';'", '"|"', "'&'", "';a|b'",
)  # fmt: skip
PARAMETERS = (
    "$A", '"$A"', "${B}", '"${B}"', "$C", '"$C"', "$*", '"$*"', "$@", '"$@"', "$#", '"$#"', '"$1"',
    "$2", '"${3}"', 'x"$@"y', '"$A$B"', "$A$C", "a$A", '"${A}b"', "$UNSET", '"$UNSET"',
    "$long_name", '"$long_name"', '"-$*-"',
)  # fmt: skip
VALUES = (
    "a", "''", "'a b'", "' a  b '", "'x:y'", "':'", '"$B"', "$B", '"a$A"', "'a\nb'", "$1", '"$*"',
    "'  '", "x=y", "'\"'", "~nosuchuser", "a'b c'd",
)  # fmt: skip
OPERANDS = (
    "a", "b c", "'q  r'", '"$A"', "$B", "*", "a*", "${C-x}", '"$@"', "$*", "~/x", "", r"\}",
    "'}'", ":", "$(printf 'in  out')", "x:y", "$((1 + 1))",
)  # fmt: skip
QUOTED_OPERANDS = (
    "a", "b  c", "'q  r'", "$A", "${B}", "*", "${C-x y}", "$@", "$*", '"in quotes"', r"\}", "",
    "$(printf 'in  out')", "x:y", "$((1 + 1))",
)  # fmt: skip
REMOVED = ("a", "?", "*", "a*", "*b", '"$B"', "$C", "'*'", "[ab]", "[!a]*", "* ", "${D-b}")
NUMBERS = (
    "0", "1", "7", "010", "0x1F", "N", "M", "${N:-0}", "${M:-2}", "$#", "(N + 1)", "-3", "!N",
    "~M",
)  # fmt: skip
OPERATORS = (
    "+", "-", "*", "<", "<=", ">", ">=", "==", "!=", "&", "|", "^", "&&", "||", "<< 2 +",
    ">> 1 +", "/ 3 -", "% 5 +", "? 4 :",
)  # fmt: skip
FILTERS = ("cat", "sort", "tr a-z A-Z", "sed 's/a/b/g'", "tail -n 1", "wc -c | tr -d ' '", "uniq")
STATUSES = ("true", "false", ":", "(exit 3)", "sh -c 'exit 7'", "test a = b", "{ false; }")
PATTERNS = ("*", "f*", "?1", "[a-f]*", "none*", "*[0-9]", "[!f]*", "./f?", "f[12]")


class Maker:
    """Makes one program from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.files = 0
        """How many files the program makes: each name is used by one writer only."""
        self.written: list[str] = []
        """Files that are complete wherever a later line runs."""
        self.loops = 0
        """How many loops the program has: each counts its own rounds."""

    def program(self) -> Node:
        lines = [self.line() for _ in range(self.random.randint(2, 7))]
        return Node("list", tuple(lines), "\n")

    def line(self) -> Node:
        around = Around(depth=self.random.randint(1, 3))
        roll = self.random.random()
        if roll < 0.12:
            return self.here_document()
        if roll < 0.35:
            commands = tuple(self.command(around) for _ in range(self.random.randint(2, 3)))
            return Node("list", commands, "; ")
        return self.command(around)

    # -- words ------------------------------------------------------------------------------

    def word(self, around: Around) -> Node:
        roll = self.random.random()
        if around.depth > 0 and roll < 0.15:
            return self.substitution(around)
        if around.alone and around.in_place and roll < 0.20:
            return Node("word", (self.random.choice(PATTERNS),))
        if roll < 0.30:
            return Node("word", (self.operated() if roll < 0.26 else self.arithmetic(),))
        if roll < 0.36:
            first = self.word(around)
            # dash adds an empty field between `"$@"` and an expansion that begins with a blank.
            if "$@" in str(first) or "{@" in str(first):
                return first
            return Node("word", (first, self.word(around)))
        pool = PLAIN if roll < 0.45 else QUOTED if roll < 0.65 else PARAMETERS
        return Node("word", (self.random.choice(pool),))

    def operated(self) -> str:
        """A parameter with an operator."""
        name = self.random.choice((*NAMES, "UNSET", "1", "2"))
        quoted = self.random.random() < 0.5
        roll = self.random.random()
        if roll < 0.15:
            text = f"${{#{name}}}"
        elif roll < 0.5:
            operator = self.random.choice(("#", "##", "%", "%%"))
            text = f"${{{name}{operator}{self.random.choice(REMOVED)}}}"
        else:
            name = self.random.choice((*NAMES, "UNSET"))
            operator = self.random.choice(("-", ":-", "+", ":+", "=", ":="))
            operand = self.random.choice(QUOTED_OPERANDS if quoted else OPERANDS)
            if "=" in operator:
                # The value of `$@` in an assignment is unspecified.
                operand = operand.replace("$@", "$B")
            text = f"${{{name}{operator}{operand}}}"
        return f'"{text}"' if quoted else text

    def expression(self) -> str:
        """An arithmetic expression; N and M are numbers everywhere."""
        text = self.random.choice(NUMBERS)
        for _ in range(self.random.choice((0, 1, 1, 2, 3))):
            text += f" {self.random.choice(OPERATORS)} {self.random.choice(NUMBERS)}"
        if self.random.random() < 0.3:
            operator = self.random.choice(("=", "+=", "|=", "^="))
            return f"{self.random.choice('NM')} {operator} {text}"
        return text

    def arithmetic(self) -> str:
        text = f"$(({self.expression()}))"
        return f'"{text}"' if self.random.random() < 0.4 else text

    def words(self, around: Around) -> Node:
        count = self.random.choice((1, 1, 2, 2, 3, 4))
        return Node("list", tuple(self.word(around) for _ in range(count)), " ")

    def substitution(self, around: Around) -> Node:
        inner = self.command(around.deeper(in_subshell=True, may_begin_errexit=False))
        text = str(inner)
        quoted = self.random.random() < 0.5
        if self.random.random() < 0.15 and not set(text) & set("`\\\"'$\n"):
            return Node("word", ('"`', inner, '`"') if quoted else ("`", inner, "`"))
        # The blank keeps a subshell apart from an arithmetic expansion.
        return Node("word", ('"$( ', inner, ' )"') if quoted else ("$( ", inner, " )"))

    # -- commands ---------------------------------------------------------------------------

    def command(self, around: Around) -> Node:
        makers: list[tuple[int, Callable[[Around], Node]]] = [
            (10, self.printing),
            (3, self.assignment),
            (3, self.builtin),
            (2, self.failing),
            (2, self.status),
            (2, self.reading),
            (2, self.counting),
            (1, self.evaluated),
        ]
        if around.depth > 0:
            makers += [
                (3, self.pipeline),
                (3, self.chain),
                (2, self.subshell),
                (3, self.group),
                (0 if around.obeys_errexit else 2, self.background),
                (1, self.not_),
                (1, self.reader),
                (1, self.trap),
                (1, self.elsewhere),
                (int(around.may_begin_errexit), self.errexit),
                (3, self.condition),
                (3, self.for_),
                (2, self.while_),
                (3, self.case),
                (3, self.function),
                (1, self.getopts),
            ]
        if around.in_loop or around.in_function:
            makers += [(4, self.leaving)]
        weights = [weight for weight, _ in makers]
        return self.random.choices([make for _, make in makers], weights)[0](around)

    def printing(self, around: Around) -> Node:
        prefix = Node("part", ())
        if self.random.random() < 0.1:
            prefix = Node("part", (f"{self.random.choice(NAMES)}={self.value()} ",))
        name = self.random.choice(("printf '[%s]'", "printf '%s\\n'", "command printf '(%s)'"))
        return Node("command", (prefix, name, " ", self.words(around), self.redirection(around)))

    def redirection(self, around: Around) -> Node:
        if self.random.random() < 0.7:
            return Node("part", ())
        name = self.fresh()
        text = self.random.choice((f" >{name}", f" >>{name}", f" >|{name}", f" 2>&1 >{name}"))
        if around.alone and around.in_place and not around.in_subshell:
            self.written.append(name)
        return Node("part", (text,))

    def fresh(self) -> str:
        self.files += 1
        return f"f{self.files}"

    def value(self) -> str:
        return self.random.choice(VALUES)

    def assignment(self, around: Around) -> Node:
        if around.depth > 0 and self.random.random() < 0.3:
            return Node("command", (f"{self.random.choice(NAMES)}=", self.substitution(around)))
        count = self.random.choice((1, 1, 2, 3))
        pairs = (f"{self.random.choice(NAMES)}={self.value()}" for _ in range(count))
        return Node("command", (" ".join(pairs),))

    def builtin(self, around: Around) -> Node:
        roll = self.random.randrange(9)
        if roll == 0:
            return Node("command", (f"export {self.random.choice(NAMES)}={self.value()}",))
        if roll == 1:
            return Node("command", ("set -- ", self.words(around)))
        if roll == 2:
            return Node("command", ("set -- one two; shift",))
        if roll == 3:
            return Node("command", (f"unset {self.random.choice(NAMES)}",))
        if roll == 4:
            return Node("command", ("(umask 077; umask)",))
        if roll == 5:
            return Node(
                "command", ('sh -c \'printf "<%s>" "$A" "$B" "$@"\' x ', self.words(around))
            )
        if roll == 6:
            separator = self.random.choice(("IFS=:", "IFS=", "IFS=' :'", "IFS=x", "unset IFS"))
            return Node("command", (f"({separator}; printf '[%s]' ", self.words(around), ")"))
        if roll == 7 and around.in_subshell:
            return Node("command", (f"exit {self.random.choice((0, 1, 42))}",))
        return Node("command", (": ", self.words(around)))

    def failing(self, around: Around) -> Node:
        text = self.random.choice(
            (
                "nosuchcommand 2>/dev/null",
                "{ cat <missing; } 2>/dev/null || printf no",
                "(printf x >no/such/file) 2>/dev/null || printf no",
                "./missing 2>/dev/null",
                "(: <missing; printf on) 2>/dev/null || printf ended",
                "(exec nosuchcommand) 2>/dev/null",
                "(printf x >&9) 2>/dev/null || printf closed",
                "(set -u; printf %s $UNSET; printf on) 2>/dev/null || printf unset",
            )
        )
        return Node("command", (text,))

    def status(self, around: Around) -> Node:
        text = self.random.choice(STATUSES)
        return Node("command", (text + "; printf '<%s>' \"$?\"" if around.depth % 2 else text,))

    def reading(self, around: Around) -> Node:
        if not (self.written and around.alone and around.in_place):
            return Node("command", ("printf '<%s>' \"$?\"",))
        name = self.random.choice(self.written)
        text = self.random.choice(
            (f"cat {name}", f"cat <{name}", f"read A B <{name}", f"sort <{name} {name}")
        )
        return Node("command", (f"{{ test -f {name} && {text}; }}",))

    def list_(self, around: Around) -> Node:
        count = self.random.choice((1, 2, 2, 3))
        joint = self.random.choice(("; ", "; ", "\n"))
        return Node("list", tuple(self.command(around) for _ in range(count)), joint)

    def pipeline(self, around: Around) -> Node:
        inner = around.deeper(alone=False, in_subshell=True)
        stages: list[Node] = [self.stage(inner)]
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            name = self.random.choice(FILTERS)
            if self.random.random() < 0.25:
                stages.append(Node("command", ("{ ", name, "; ", self.list_(inner), "; }")))
            else:
                stages.append(Node("command", (name,)))
        return Node("list", tuple(stages), self.random.choice((" | ", " | ", " |\n")))

    def stage(self, around: Around) -> Node:
        """A first stage: what is no pipeline element by itself goes into braces."""
        return Node("command", ("{ ", self.list_(around), "; }"))

    def chain(self, around: Around) -> Node:
        inner = around.deeper()
        pieces: list[str | Node] = [self.braced(inner)]
        for _ in range(self.random.choice((1, 1, 2, 3))):
            pieces += [self.random.choice((" && ", " || ")), self.braced(inner)]
        return Node("command", tuple(pieces))

    def braced(self, around: Around) -> Node:
        return Node("command", ("{ ", self.command(around), "; }"))

    def not_(self, around: Around) -> Node:
        return Node("command", ("! ", self.braced(around.deeper())))

    def subshell(self, around: Around) -> Node:
        inner = around.deeper(in_subshell=True)
        return Node("command", ("(", self.list_(inner), ")", self.redirection(around)))

    def group(self, around: Around) -> Node:
        # dash 0.5.12 drops the inner redirection of `{ (a) >f; } >g`, hence the colon.
        begin = self.random.choice(("{ ", "{ :; "))
        redirection = self.redirection(around) if begin == "{ :; " else Node("part", ())
        return Node("command", (begin, self.list_(around.deeper()), "; }", redirection))

    def background(self, around: Around) -> Node:
        inner = around.deeper(in_subshell=True, may_begin_errexit=False)
        wait = self.random.choice(("wait", "wait $!", "wait $!; printf '<%s>' \"$?\""))
        return Node("command", ("{ ", self.list_(inner), "; } & ", wait))

    def reader(self, around: Around) -> Node:
        lines = self.random.choice(
            ("a b c\\n", " x  y \\nz\\n", "a\\\\ b c\\n", "no newline", "\\n")
        )
        option = self.random.choice(("", "-r "))
        names = self.random.choice(("A", "A B", "A B C"))
        inner = around.deeper(alone=False, in_subshell=True)
        return Node(
            "command",
            (f"printf '{lines}' | {{ read {option}{names}; ", self.list_(inner), "; cat; }"),
        )

    def trap(self, around: Around) -> Node:
        action = self.random.choice(("printf bye", 'printf "<%s>" "$?"', "exit 5"))
        inner = around.deeper(in_subshell=True)
        return Node("command", (f"(trap '{action}' EXIT; ", self.list_(inner), ")"))

    def elsewhere(self, around: Around) -> Node:
        self.files += 1
        inner = around.deeper(in_subshell=True, in_place=False)
        name = f"d{self.files}"
        return Node("command", (f"(mkdir {name} && cd {name} && ", self.braced(inner), ")"))

    def errexit(self, around: Around) -> Node:
        inner = around.deeper(in_subshell=True, obeys_errexit=True)
        return Node("command", ("(set -e; ", self.list_(inner), "; printf end)"))

    def counting(self, around: Around) -> Node:
        text = self.random.choice((f": $(({self.expression()}))", f"N=$(({self.expression()}))"))
        return Node("command", (text, "; printf '<%s>' \"$N\"" if around.depth % 2 else ""))

    def evaluated(self, around: Around) -> Node:
        name = self.random.choice(NAMES)
        text = self.random.choice(
            (
                'eval \'A=$B; printf "<%s>" "$A"\'',
                "eval printf '\"[%s]\"' '\"$C\"'",
                "eval \"B='x  y'\"; printf '%s' \"$B\"",
                f"eval 'for {name} in 1 2; do printf ${name}; done'",
                "eval '(exit 4)' || printf '%s' $?",
                f"(readonly {name}=7; {name}=8) 2>/dev/null || printf readonly",
                f"unset {name}; printf '%s' ${{{name}-unset}}",
            )
        )
        return Node("command", (text,))

    def getopts(self, around: Around) -> Node:
        words = self.words(around.deeper(in_subshell=True))
        loop = 'while getopts ab:n O; do printf \'<%s %s>\' "$O" "$OPTARG"; done'
        after = f"; {{ OPTIND=1; {loop}; printf $OPTIND; }} 2>/dev/null)"
        return Node("command", ("(set -- -a -b x ", words, after))

    # -- compound commands ------------------------------------------------------------------

    def condition(self, around: Around) -> Node:
        inner = around.deeper()
        pieces: list[str | Node] = ["if ", self.list_(inner), "; then ", self.list_(inner)]
        if self.random.random() < 0.3:
            pieces += ["; elif ", self.list_(inner), "; then ", self.list_(inner)]
        if self.random.random() < 0.6:
            pieces += ["; else ", self.list_(inner)]
        return Node("command", (*pieces, "; fi", self.redirection(around)))

    def for_(self, around: Around) -> Node:
        words: tuple[str | Node, ...] = (" in ", self.words(around), "; ")
        if self.random.random() < 0.2:
            words = self.random.choice((("; ",), (" ",), ("\n",)))
        name = self.random.choice(NAMES)
        inner = around.deeper(in_loop=True)
        loop = ("for ", name, *words, "do ", self.list_(inner), "; done")
        return Node("command", (*loop, self.redirection(around)))

    def while_(self, around: Around) -> Node:
        """A loop of three rounds at most: it counts them in a variable that nothing else sets."""
        self.loops += 1
        count = f"n{self.loops}"
        inner = around.deeper(in_loop=True)
        # The count comes first: nothing in the condition may leave it out.
        test = f"case ${count} in xxx) false;; *) {count}=x${count};; esac"
        word, joint = "while ", " && "
        if self.random.random() < 0.3:
            word, joint, test = "until ", " || ", f"! {{ {test}; }}"
        head = (f"{count}=; ", word, test, joint, self.braced(around.deeper()))
        return Node("command", (*head, "; do ", self.list_(inner), "; done"))

    def case(self, around: Around) -> Node:
        inner = around.deeper()
        pieces: list[str | Node] = ["case ", self.word(around), " in "]
        for _ in range(self.random.choice((1, 2, 2, 3))):
            pieces += [self.random.choice(("", "(")), self.pattern(around), ") "]
            pieces += [self.list_(inner) if self.random.random() < 0.8 else "", ";; "]
        if self.random.random() < 0.5:
            pieces += ["*) ", self.list_(inner), "\n"]
        return Node("command", (*pieces, "esac", self.redirection(around)))

    def pattern(self, around: Around) -> Node:
        roll = self.random.random()
        if roll < 0.3:
            return Node("word", (self.pattern(around), " | ", self.pattern(around)))
        if roll < 0.6:
            return Node("word", (self.random.choice((*PATTERNS, "?*", "[!a]*", "'*'", "*a*")),))
        return Node("word", (self.word(around),))

    def function(self, around: Around) -> Node:
        """Define a function and call it; none calls itself."""
        name = f"{self.fresh()}_"
        inner = around.deeper(in_loop=False, in_function=True)
        first = Node("part", ())
        if self.random.random() < 0.5:
            first = Node("part", (f"local {self.random.choice(NAMES)}={self.value()}; ",))
        definition = (name, "() { ", first, self.list_(inner), "; }", self.redirection(around))
        prefix = Node("part", ())
        if self.random.random() < 0.3:
            prefix = Node("part", (f"{self.random.choice(NAMES)}={self.value()} ",))
        call = ("; ", prefix, name, " ", self.words(around))
        if self.random.random() < 0.3:
            call = (*call, " | cat")
        return Node("command", (*definition, *call))

    def leaving(self, around: Around) -> Node:
        commands = ["return", "return 3"] if around.in_function else []
        if around.in_loop:
            commands += ["break", "continue", "break 2", "continue 2"]
        text = self.random.choice(commands)
        if self.random.random() < 0.7:
            return Node("command", ("case ", self.word(around), " in [a-f]*) ", text, ";; esac"))
        return Node("command", (text,))

    def here_document(self) -> Node:
        """A whole line: what follows the operator's line is the text."""
        operator, end = self.random.choice((("<<E", "E"), ("<<'E'", "E"), ("<<-E", "\tE")))
        after = self.random.choice(("", " | sort", " | tr a-z A-Z", " && printf yes", "; printf x"))
        lines = self.random.sample(
            (
                "text",
                "$A and ${B}",
                "\ta tab",
                r"\$A \\ \"q\"",
                "\"$C\" '$*'",
                "$(printf in)",
                "",
                "~ *",
                "${A:-none} ${#B} ${C%?}",
                '$((N + 1)) "${UNSET-\'a\' "b"}"',
            ),
            3,
        )
        text = Node("list", tuple(line + "\n" for line in lines))
        return Node("command", (f"cat {operator}{after}\n", text, end))


def program(seed: int) -> Node:
    """The program of a seed, always the same."""
    return Maker(seed).program()


if __name__ == "__main__":
    print(program(int(sys.argv[1])))
