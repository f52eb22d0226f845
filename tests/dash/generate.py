"""Random programs of simpsh's language, with the same outcome in every shell.

    python -m tests.dash.generate SEED      prints the program of that seed

The programs are deterministic: no pids, no times. Stages of a pipeline and background commands
write to separate files, and a stage with an input reads all of it first.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Around:
    """The context of a generated piece."""

    depth: int = 3
    alone: bool = True
    """No other process runs at the same time, so patterns and shared files are deterministic."""
    in_subshell: bool = False
    in_place: bool = True
    """The working directory is still the initial one."""
    in_loop: bool = False
    """In a loop of the same function and process, so `break` and `continue` are valid."""
    in_function: bool = False
    """In a function, so `return` is valid."""
    obeys_errexit: bool = False
    """Inside `set -e`; shells disagree about background commands there."""
    may_begin_errexit: bool = True
    """False in `$( )` and `&`, where shells disagree about the effect of an outer condition."""

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
    "'}'", ":", "$(printf 'in  out')", "x:y", "$((1 + 1))", "~ x", "~nosuchuser y",
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
FORMATS = (
    "[%s]", "%d|%s", "%5s|%-5s|", "%x %o", "%b", "%c", "%%%s", "%.2s", "%03d", "%*d", "%i %u", "%e",
    "\\101\\t%s\\n",
)  # fmt: skip
FILTERS = ("cat", "sort", "tr a-z A-Z", "sed 's/a/b/g'", "tail -n 1", "wc -c | tr -d ' '", "uniq")
STATUSES = ("true", "false", ":", "(exit 3)", "sh -c 'exit 7'", "test a = b", "{ false; }")
PATTERNS = ("*", "f*", "?1", "[a-f]*", "none*", "*[0-9]", "[!f]*", "./f?", "f[12]")


FAILING = (
    "nosuchcommand 2>/dev/null",
    "{ cat <missing; } 2>/dev/null || printf no",
    "(printf x >no/such/file) 2>/dev/null || printf no",
    "./missing 2>/dev/null",
    "(: <missing; printf on) 2>/dev/null || printf ended",
    "(exec nosuchcommand) 2>/dev/null",
    "(printf x >&9) 2>/dev/null || printf closed",
    "(set -u; printf %s $UNSET; printf on) 2>/dev/null || printf unset",
)
HERE_LINES = (
    "text", "$A and ${B}", "\ta tab", r"\$A \\ \"q\"", "\"$C\" '$*'", "$(printf in)", "", "~ *",
    "${A:-none} ${#B} ${C%?}", '$((N + 1)) "${UNSET-\'a\' "b"}"',
)  # fmt: skip


class Maker:
    """Generates a program from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.files = 0
        """Number of files so far; each has only one writer."""
        self.written: list[str] = []
        """Files that are complete when a later line runs."""
        self.loops = 0
        """Number of loops so far; each has its own counter."""

    def program(self) -> str:
        return "\n".join([self.line() for _ in range(self.random.randint(2, 7))])

    def line(self) -> str:
        around = Around(depth=self.random.randint(1, 3))
        roll = self.random.random()
        if roll < 0.12:
            return self.here_document()
        if roll < 0.35:
            return "; ".join([self.command(around) for _ in range(self.random.randint(2, 3))])
        return self.command(around)

    def any_of(self, *texts: str) -> str:
        return self.random.choice(texts)

    def maybe(self, chance: float, text: Callable[[], str]) -> str:
        return text() if self.random.random() < chance else ""

    # -- words ------------------------------------------------------------------------------

    def word(self, around: Around) -> str:
        roll = self.random.random()
        if around.depth > 0 and roll < 0.15:
            return self.substitution(around)
        if around.alone and around.in_place and roll < 0.20:
            return self.any_of(*PATTERNS)
        if roll < 0.30:
            return self.operated() if roll < 0.26 else self.arithmetic()
        if roll < 0.36:
            first = self.word(around)
            # dash adds an empty field between `"$@"` and an expansion that begins with a blank.
            return first if "$@" in first or "{@" in first else first + self.word(around)
        return self.any_of(*(PLAIN if roll < 0.45 else QUOTED if roll < 0.65 else PARAMETERS))

    def operated(self) -> str:
        """Return a parameter expansion with an operator."""
        name = self.any_of(*NAMES, "UNSET", "1", "2")
        quoted = self.random.random() < 0.5
        roll = self.random.random()
        if roll < 0.15:
            text = f"${{#{name}}}"
        elif roll < 0.5:
            text = f"${{{name}{self.any_of('#', '##', '%', '%%')}{self.any_of(*REMOVED)}}}"
        else:
            name = self.any_of(*NAMES, "UNSET")
            operator = self.any_of("-", ":-", "+", ":+", "=", ":=")
            operand = self.any_of(*(QUOTED_OPERANDS if quoted else OPERANDS))
            if "=" in operator:
                # The value of `$@` in an assignment is unspecified.
                operand = operand.replace("$@", "$B")
            text = f"${{{name}{operator}{operand}}}"
        return f'"{text}"' if quoted else text

    def expression(self) -> str:
        """Return an arithmetic expression; N and M are always numbers."""
        text = self.any_of(*NUMBERS)
        for _ in range(self.random.choice((0, 1, 1, 2, 3))):
            text += f" {self.any_of(*OPERATORS)} {self.any_of(*NUMBERS)}"
        if self.random.random() < 0.3:
            operator = self.any_of("=", "+=", "|=", "^=")
            return f"{self.random.choice('NM')} {operator} {text}"
        return text

    def arithmetic(self) -> str:
        text = f"$(({self.expression()}))"
        return f'"{text}"' if self.random.random() < 0.4 else text

    def words(self, around: Around) -> str:
        count = self.random.choice((1, 1, 2, 2, 3, 4))
        return " ".join([self.word(around) for _ in range(count)])

    def substitution(self, around: Around) -> str:
        inner = self.command(around.deeper(in_subshell=True, may_begin_errexit=False))
        quote = '"' if self.random.random() < 0.5 else ""
        if self.random.random() < 0.15 and not set(inner) & set("`\\\"'$\n"):
            return f"{quote}`{inner}`{quote}"
        # The blank distinguishes a subshell from an arithmetic expansion.
        return f"{quote}$( {inner} ){quote}"

    # -- commands ---------------------------------------------------------------------------

    def command(self, around: Around) -> str:
        makers: list[tuple[int, Callable[[Around], str]]] = [
            (10, self.printing),
            (3, self.assignment),
            (3, self.builtin),
            (2, lambda _: self.any_of(*FAILING)),
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
                (1, lambda around: f"! {self.braced(around.deeper())}"),
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

    def prefix(self, chance: float) -> str:
        return self.maybe(chance, lambda: f"{self.any_of(*NAMES)}={self.any_of(*VALUES)} ")

    def printing(self, around: Around) -> str:
        prefix = self.prefix(0.1)
        name = self.any_of("printf '[%s]'", "printf '%s\\n'", "command printf '(%s)'")
        return f"{prefix}{name} {self.words(around)}{self.redirection(around)}"

    def redirection(self, around: Around) -> str:
        if self.random.random() < 0.7:
            return ""
        name = self.fresh()
        text = self.any_of(f" >{name}", f" >>{name}", f" >|{name}", f" 2>&1 >{name}")
        if around.alone and around.in_place and not around.in_subshell:
            self.written.append(name)
        return text

    def fresh(self) -> str:
        self.files += 1
        return f"f{self.files}"

    def assignment(self, around: Around) -> str:
        if around.depth > 0 and self.random.random() < 0.3:
            return f"{self.any_of(*NAMES)}={self.substitution(around)}"
        count = self.random.choice((1, 1, 2, 3))
        return " ".join([f"{self.any_of(*NAMES)}={self.any_of(*VALUES)}" for _ in range(count)])

    def builtin(self, around: Around) -> str:
        match self.random.randrange(10):
            case 0:
                return f"export {self.any_of(*NAMES)}={self.any_of(*VALUES)}"
            case 1:
                return f"set -- {self.words(around)}"
            case 2:
                return "set -- one two; shift"
            case 3:
                return f"unset {self.any_of(*NAMES)}"
            case 4:
                return "(umask 077; umask)"
            case 5:
                return f'sh -c \'printf "<%s>" "$A" "$B" "$@"\' x {self.words(around)}'
            case 6:
                separator = self.any_of("IFS=:", "IFS=", "IFS=' :'", "IFS=x", "unset IFS")
                return f"({separator}; printf '[%s]' {self.words(around)})"
            case 8:
                return f"printf '{self.any_of(*FORMATS)}' {self.words(around)} 2>/dev/null"
            case 7 if around.in_subshell:
                return f"exit {self.random.choice((0, 1, 42))}"
        return f": {self.words(around)}"

    def status(self, around: Around) -> str:
        text = self.any_of(*STATUSES)
        return text + "; printf '<%s>' \"$?\"" if around.depth % 2 else text

    def reading(self, around: Around) -> str:
        if not (self.written and around.alone and around.in_place):
            return "printf '<%s>' \"$?\""
        name = self.any_of(*self.written)
        text = self.any_of(
            f"cat {name}", f"cat <{name}", f"read A B <{name}", f"sort <{name} {name}"
        )
        return f"{{ test -f {name} && {text}; }}"

    def list_(self, around: Around) -> str:
        count = self.random.choice((1, 2, 2, 3))
        joint = self.any_of("; ", "; ", "\n")
        return joint.join([self.command(around) for _ in range(count)])

    def pipeline(self, around: Around) -> str:
        inner = around.deeper(alone=False, in_subshell=True)
        stages = [f"{{ {self.list_(inner)}; }}"]
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            name = self.any_of(*FILTERS)
            has_more = self.random.random() < 0.25
            stages.append(f"{{ {name}; {self.list_(inner)}; }}" if has_more else name)
        return self.any_of(" | ", " | ", " |\n").join(stages)

    def chain(self, around: Around) -> str:
        inner = around.deeper()
        text = self.braced(inner)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            text += self.any_of(" && ", " || ") + self.braced(inner)
        return text

    def braced(self, around: Around) -> str:
        return f"{{ {self.command(around)}; }}"

    def subshell(self, around: Around) -> str:
        return f"({self.list_(around.deeper(in_subshell=True))}){self.redirection(around)}"

    def group(self, around: Around) -> str:
        # dash 0.5.12 drops the inner redirection of `{ (a) >f; } >g`; a leading `:` avoids that.
        begin = self.any_of("{ ", "{ :; ")
        redirection = self.redirection(around) if begin == "{ :; " else ""
        return f"{begin}{self.list_(around.deeper())}; }}{redirection}"

    def background(self, around: Around) -> str:
        inner = around.deeper(in_subshell=True, may_begin_errexit=False)
        wait = self.any_of("wait", "wait $!", "wait $!; printf '<%s>' \"$?\"")
        return f"{{ {self.list_(inner)}; }} & {wait}"

    def reader(self, around: Around) -> str:
        lines = self.any_of("a b c\\n", " x  y \\nz\\n", "a\\\\ b c\\n", "no newline", "\\n")
        option = self.any_of("", "-r ")
        names = self.any_of("A", "A B", "A B C")
        inner = around.deeper(alone=False, in_subshell=True)
        return f"printf '{lines}' | {{ read {option}{names}; {self.list_(inner)}; cat; }}"

    def trap(self, around: Around) -> str:
        action = self.any_of("printf bye", 'printf "<%s>" "$?"', "exit 5")
        return f"(trap '{action}' EXIT; {self.list_(around.deeper(in_subshell=True))})"

    def elsewhere(self, around: Around) -> str:
        self.files += 1
        name = f"d{self.files}"
        inner = self.braced(around.deeper(in_subshell=True, in_place=False))
        return f"(mkdir {name} && cd {name} && {inner})"

    def errexit(self, around: Around) -> str:
        inner = around.deeper(in_subshell=True, obeys_errexit=True)
        return f"(set -e; {self.list_(inner)}; printf end)"

    def counting(self, around: Around) -> str:
        text = self.any_of(f": $(({self.expression()}))", f"N=$(({self.expression()}))")
        return text + ("; printf '<%s>' \"$N\"" if around.depth % 2 else "")

    def evaluated(self, around: Around) -> str:
        name = self.any_of(*NAMES)
        return self.any_of(
            'eval \'A=$B; printf "<%s>" "$A"\'',
            "eval printf '\"[%s]\"' '\"$C\"'",
            "eval \"B='x  y'\"; printf '%s' \"$B\"",
            f"eval 'for {name} in 1 2; do printf ${name}; done'",
            "eval '(exit 4)' || printf '%s' $?",
            f"(readonly {name}=7; {name}=8) 2>/dev/null || printf readonly",
            f"unset {name}; printf '%s' ${{{name}-unset}}",
        )

    def getopts(self, around: Around) -> str:
        words = self.words(around.deeper(in_subshell=True))
        loop = 'while getopts ab:n O; do printf \'<%s %s>\' "$O" "$OPTARG"; done'
        return f"(set -- -a -b x {words}; {{ OPTIND=1; {loop}; printf $OPTIND; }} 2>/dev/null)"

    # -- compound commands ------------------------------------------------------------------

    def condition(self, around: Around) -> str:
        inner = around.deeper()
        text = f"if {self.list_(inner)}; then {self.list_(inner)}"
        text += self.maybe(0.3, lambda: f"; elif {self.list_(inner)}; then {self.list_(inner)}")
        text += self.maybe(0.6, lambda: f"; else {self.list_(inner)}")
        return f"{text}; fi{self.redirection(around)}"

    def for_(self, around: Around) -> str:
        words = f" in {self.words(around)}; "
        if self.random.random() < 0.2:
            words = self.any_of("; ", " ", "\n")
        name = self.any_of(*NAMES)
        inner = self.list_(around.deeper(in_loop=True))
        return f"for {name}{words}do {inner}; done{self.redirection(around)}"

    def while_(self, around: Around) -> str:
        """Return a loop of at most three iterations, with its own counter."""
        self.loops += 1
        count = f"n{self.loops}"
        # The count comes first, so that the condition cannot skip it.
        test = f"case ${count} in xxx) false;; *) {count}=x${count};; esac"
        word, joint = "while", "&&"
        if self.random.random() < 0.3:
            word, joint, test = "until", "||", f"! {{ {test}; }}"
        head = f"{count}=; {word} {test} {joint} {self.braced(around.deeper())}"
        return f"{head}; do {self.list_(around.deeper(in_loop=True))}; done"

    def case(self, around: Around) -> str:
        inner = around.deeper()
        text = f"case {self.word(around)} in "
        for _ in range(self.random.choice((1, 2, 2, 3))):
            text += f"{self.any_of('', '(')}{self.pattern(around)}) "
            text += self.maybe(0.8, lambda: self.list_(inner)) + ";; "
        text += self.maybe(0.5, lambda: f"*) {self.list_(inner)}\n")
        return f"{text}esac{self.redirection(around)}"

    def pattern(self, around: Around) -> str:
        roll = self.random.random()
        if roll < 0.3:
            return f"{self.pattern(around)} | {self.pattern(around)}"
        if roll < 0.6:
            return self.any_of(*PATTERNS, "?*", "[!a]*", "'*'", "*a*")
        return self.word(around)

    def function(self, around: Around) -> str:
        """Return the definition and a call of a function that is not recursive."""
        name = f"{self.fresh()}_"
        inner = around.deeper(in_loop=False, in_function=True)
        local = self.maybe(0.5, lambda: f"local {self.any_of(*NAMES)}={self.any_of(*VALUES)}; ")
        text = f"{name}() {{ {local}{self.list_(inner)}; }}{self.redirection(around)}; "
        text += f"{self.prefix(0.3)}{name} {self.words(around)}"
        return text + self.maybe(0.3, lambda: " | cat")

    def leaving(self, around: Around) -> str:
        commands = ["return", "return 3"] if around.in_function else []
        if around.in_loop:
            commands += ["break", "continue", "break 2", "continue 2"]
        text = self.any_of(*commands)
        if self.random.random() < 0.7:
            return f"case {self.word(around)} in [a-f]*) {text};; esac"
        return text

    def here_document(self) -> str:
        """Return a whole line, because the text follows the line with the operator."""
        operator, end = self.random.choice((("<<E", "E"), ("<<'E'", "E"), ("<<-E", "\tE")))
        after = self.any_of("", " | sort", " | tr a-z A-Z", " && printf yes", "; printf x")
        lines = "".join([line + "\n" for line in self.random.sample(HERE_LINES, 3)])
        return f"cat {operator}{after}\n{lines}{end}"


def program(seed: int) -> str:
    return Maker(seed).program()


if __name__ == "__main__":
    print(program(int(sys.argv[1])))
