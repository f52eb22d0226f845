"""Inputs of every kind for the shell: random bytes, random words, and damaged programs."""

import random

# No absolute paths, no `cd`, no `kill`: programs made of these words affect only their directory.
WORDS = (
    "a", "b", "nosuch", "x=1", "$x", "${x}", "$@", '"$@"', "$?", "$$", "$!", "$0", "$1", "${10}",
    "${#}", "$(", ")", "`", "$((", "))", "(", ")", "{", "}", ";", "&", "&&", "||", "|", "!", "<",
    ">", ">>", "<>", ">|", ">&", "<&", "2>&1", "3>&-", "<<", "<<-", "<<E", "E", "<<<w", "\n",
    "\\", "\\\n", "'", '"', "#", "~", "~nobody", "*", "?", "[a-z]", "[!a", "\t", "\r", "\x00",
    "\x01", "\x1b[31m", "\x7f", "if", "then", "fi", "for", "while", "do", "done", "case", "esac",
    "function", "[[", "]]", "time", "exec", "exit", "set", "-e", "-u", "-m", "trap", "''", "EXIT",
    "INT", "USR1", "read", "wait", "umask", "077", "export", "unset", "shift", "times", "type",
    ":", ".", "source", "command", "-v", "jobs", "fg", "bg", "%1", "disown", "ulimit", "-a",
    "elif", "else", "until", "in", ";;", ";&", "f()", "break", "continue", "return", "eval",
    "alias", "local", "readonly", "getopts",
    "hash", "${x:-", "${x#", "${#x}", "$((1+", "$'\\x", "-x", "-n",
    "why", "help", "verbose", "1", "3", "explain", "status", "family", "fds", "history", "quit",
    "é", "\udcff", "99999999999999999999", "-1", "=", "=x", "x==", "0x", "08", "",
)  # fmt: skip

PROGRAMS = (
    "a | b && c || d & wait\n(e; f) >g 2>&1 <h\n{ i; }\n",
    "x=\"$(a `b \\`c\\``)\" y='z' cmd \"$x\" ${y} *.[a-z] ~/f <<E <<-'F' <<<s\n$x\nE\n\tt\n\tF\n",
    "set -euo pipefail; trap 'a; b' EXIT INT; exec 3<f 4>&3 5>&-; read -r x y <&3; exit $?\n",
    "time ! a | (b | { c; }) 2>&1 | d; . f; command -v g; umask 022; ulimit -n\n",
)

SPECIAL = (
    b"", b"\0", b"\n", b"\\", b"'", b'"', b"$", b"`", b"(", b"{", b"<<", b"<<E", b"<<E\n", b"$(",
    b"${", b"\xff\xfe\xfd", b"a\0b\nc\0", b"\xc3", b"\xef\xbb\xbfpwd", b"\xed\xa0\x80",
    b"\r\n\r\n", b"!", b"exit 99999999999999999999", b"exit -1", b"exit x",
    b"x=" + b"y" * 200_000, b"a " * 20_000, b"(" * 500 + b")" * 500, b"{ " * 500 + b"}" * 500,
    b"$(" * 500 + b")" * 500, b"`" * 100, b"(" * 10_000, b"$(" * 10_000, b"{ " * 10_000,
    b"!" * 10_000, b"! " * 10_000, b'"$(' * 3000, b"((" * 3000 + b"))" * 3000, b"a|" * 10_000,
    b"a&&" * 10_000 + b"b", b"a;" * 50, b"a&" * 30, b"<<E " * 300 + b"\n" + b"E\n" * 300,
    b": " + b"*" * 3000, b": [" + b"a-" * 3000, b"${" * 3000, b": " + b"\\" * 9999,
    b"#" * 100_000, b"\n" * 100_000, b": >" * 100, b"2>&" * 99, b"x=" * 9999,
    b"99999999999999999999>f", b": >&99999999999999999999", b"ulimit -n 0; :", b"ulimit -v 1; :",
    b"exec 0<&- 1>&- 2>&-; pwd; read x; nosuch", b"exec 2>&1 >&-; set", b"set -n\n:\n(",
    b"exec <&-", b"trap 'trap' EXIT; exit", b"trap 'exit 3' EXIT; exit 4", b"trap '(' EXIT",
    b"trap ')' USR1", b"printf 'x' | . ./f", b": >f; . ./f; . .",
    b"wait; wait %1; fg; bg; jobs; disown", b"type -", b"read x y z; read; read -r",
    b"verbose 1; (:); : | :; x=$(:)", b"umask 9", b"export =; unset =",
    b"explain '('; explain; explain 'a | b'; status",
    b"for i in " + b"a " * 20_000 + b"; do :; done", b"f() { f; }; f", b"f() { g; }; g() { f; }; f",
    b"case x in " + b"y) :;; " * 5000 + b"esac", b"eval " * 300 + b":", b"alias a='a b'; a",
    b"x=$((" + b"1+" * 9999 + b"1))", b": ${x" + b":-${y" * 70 + b"}" * 71, b"break 9; continue 9",
    b"family; fds; help; help nosuch; times; timeline", b"if " * 1000, b"while " * 1000,
    b"for i in x; do " * 1000, b"case x in x) " * 1000, b"f() { " * 1000, b"echo $((" * 1000,
    b"echo ${x:-" * 1000, b"until if case `x` in " * 1000,
)  # fmt: skip


def case(seed: int) -> bytes:
    """Return the input with this number: the special inputs, then generated ones, reproducibly."""
    if seed < len(SPECIAL):
        return SPECIAL[seed]
    chance = random.Random(seed)
    kind = seed % 4
    if kind == 0:
        return bytes(chance.choices(range(256), k=chance.randrange(1, 60)))
    if kind == 1:
        return b"".join(
            word.encode(errors="surrogateescape") + chance.choice((b" ", b" ", b"", b"\n"))
            for word in chance.choices(WORDS, k=chance.randrange(1, 25))
        )
    text = chance.choice(PROGRAMS).encode()
    if kind == 2:
        return text[: chance.randrange(len(text))]
    return _changed(text, chance)


def _changed(text: bytes, chance: random.Random) -> bytes:
    """Return a valid program with a few bytes changed, inserted or removed, or parts doubled."""
    changed = bytearray(text)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([chance.choice(b"|&;<>()$`\\\"'{}#!=~*? \t\n\0\xff")])
            case 1:
                changed[at:at] = chance.choice(WORDS).encode(errors="surrogateescape")
            case 2:
                del changed[at : at + chance.randrange(1, 9)]
            case _:
                changed[at:at] = changed[at : at + chance.randrange(1, 30)]
    return bytes(changed)
