"""Fields, values, numbers and the borders of the language as dash has them.

What the words and expressions give is asked of both shells by one script each.
"""

import shlex
import subprocess

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.parser import parse
from tests.support.shells import DASH, SIMPSH, Place, run

pytestmark = pytest.mark.skipif(not DASH.is_installed(), reason="dash is not installed")

NAMES = (
    "a", "b", "ab", "A", "x y", "*", "a*", ".h", "[ab]", "~", "\\", "!", "]", "-", "\\*", "z.c",
)  # fmt: skip
"""Files in the directory where patterns are expanded; `sub` is there, too."""

WORDS = (
    "$x", '"$x"', "-$x-", "''$x", "$x''", "$x$y", '$x"$y"', "a$x$y", '"$x"$y', "$x/$y", "$*",
    '"$*"', "$@", '"$@"', '-"$@"-', "-$@-", '"$@""$@"', '"-$*-"$*', "${n-a b}", "${n:-'a b'$x}",
    '"${n-a b}"', '"${n-\'a\'}"', '${n-"$x"}', '"${n-"$x"}"', "${x-n}", "${x:-n m}", "${x+a $y}",
    '"${x:+"$@"}"', '${x+"$@"}', "${n+a}", "a${n-}b", "${n-''}", "-${n-}", "${n=$x}",
    '"${n:=$y}"$n', "${n-${y-z}}", "${n-\\}}", '"${n-\\}}"', "${n-~}", '"${n-~}"', "${1-n}",
    "${#x}", "${#n}", "${##}", "${#1}", "${x%?}", '"${x%?}"', "${x#?}", "${x%%$y}", '"${x##"$y"}"',
    "${x##*b}", "${x#*b}", "${x%b*}", '"${x%%b*}"', '"${x#"a"}"', "${x%'b'}", '"${x%\\*}"',
    "${x#}", "$((1 + 20))", '"$((-3))"', "$((${#x} * 10))", "${n-$((121))}", "${n-`s`}", "${n-$*}",
    "${n-a:b}", "$(s)", '"$(s)"', "`s`a", "${x}a", "$1$2", '"$1"$#', "a=$x", "~$x", "~/$x",
    "\\$x'$x'",
)  # fmt: skip

SETTINGS = (
    (None, " a  b\t", "c d", ("1 2", "", "3")),
    (None, "", "*", ()),
    (None, "\\*", "[!a]", ("",)),
    (":", ":a b:", "::", ("1 2", "x:y")),
    (":", "a:", ":b", ()),
    (" :", " a : b ", ": c", ("p q", "r")),
    (": ", "::", " ", ("p", "q")),
    ("", "a b", "", ("1 2", "3")),
    ("a", "bab", "aa", ("xay", "z")),
    ("\\", "a\\b", "\\", ("1",)),
    ("*", "a*b", "?", ("p", "q*r")),
    ("\n", "a\n\nb c", "\n", ("1\n2", "3")),
)

PATTERNS = (
    "*", "?", "[ab]", "[!a]", "[^a]", "[]]", "[a-]", "[!]a]", "[[:upper:]]", "[[:alpha:]]*",
    "a*", "*a", "'*'", "\\*", '"a"*', "a\\*", "\\a*", "[\\]a]", '["a"b]', '[a"-"z]', "*/",
    "*/*", "sub//*", "./a*", "s*b/in", "*/none", ".[!.]*", "sub/.[a-z]*", "[a/b]", "[", "[a",
    "a]", "none*", "[[:none:]a]", "x' 'y", "x?y", "[!!]", "[--a]", "\\\\", "[\\\\]", "**", "*?",
    "~*", "*/.", "*.c",
)  # fmt: skip


def answers(scripts, preparation=""):
    """What each script gives to `f` in dash, and in simpsh, each in one start."""
    # No program is run for what they give: all of it is printed at the end.
    script = 'f() { for i; do all="$all$i\1"; done; all="$all\2"; }\n' + preparation
    script += "".join(f"\n{each}\n" for each in scripts) + "cat <<END\n$all\nEND\n"
    with Place() as place:
        for shell in (DASH, SIMPSH):
            outcome = run(shell, script, place=place, extra={"LC_ALL": "C"})
            assert outcome.status == 0, outcome
            given = outcome.text.split("\2")[:-1]
            each = len(given) // len(scripts)
            yield {script: given[at * each :][:each] for at, script in enumerate(scripts)}


def test_words_are_split_and_joined_as_in_dash():
    scripts = []
    for separators, x, y, positional in SETTINGS:
        ifs = "unset IFS" if separators is None else f"IFS={shlex.quote(separators)}"
        setting = f"x={shlex.quote(x)}; y={shlex.quote(y)}; set -- {shlex.join(positional)}; {ifs}"
        scripts += [f'{setting}; unset n z; f {w}; unset n z; v={w}; f "$v"' for w in WORDS]
    expected, got = answers(scripts, "set -f; s() { printf '%s\\n' \"$x\"; }")
    assert got == expected


@pytest.mark.parametrize("use", ["f {}", "x={}; f $x"], ids=["words", "variables"])
def test_patterns_find_the_files_that_dash_finds(use):
    files = shlex.join((*NAMES, "sub/in", "sub/.hidden"))
    patterns = PATTERNS if use == "f {}" else map(shlex.quote, PATTERNS)
    scripts = [use.format(pattern) for pattern in patterns]
    expected, got = answers(scripts, f"mkdir sub; touch -- {files}; IFS='\t'")
    assert got == expected


VARIABLES = {
    "x": "5",
    "y": "-3",
    "z": "0",
    "e": "",
    "h": "0x1f",
    "o": " 010 ",
    "w": "word",
    "p": "1+2",
}

EXPRESSIONS = (
    *("1+2*3", "(1+2)*3", "7-2-1", "2*7%4", "1<<2+1"),
    *("6&3|8^1", "1<2==1", "3>2>1", "5!=4", "2<=1"),
    *("-7/2", "-7%3", "7%-3", "7/-2", "!5", "!0+!0", "~5"),
    *("-~1", "+-+5", "--5", "- -x", "x--1", "++x"),
    *("1?2:3", "0?2:3", "1?0?8:9:7", "0?1:0?2:3", "x?y:z", "0||5", "5&&3", "0&&1||1", "1||0&&0"),
    *("x", "x+y", "e+1", "none+1", "h", "o", "o*h"),
    *("x * x", " x ", "\tx\n+\n1", "_a+a_1", "0", "00"),
    *("0x1F", "0XaB", "0777", "0x", "08", "1e3", "1.5", "1 2"),
    *("x y", "", " ", "*", "1+"),
    *("x=3", "x=y=4", "x+=2", "x-=1", "x*=y", "x/=2"),
    *("x%=3", "x<<=2", "x>>=1", "x&=4", "x|=8", "x^=1"),
    *("x=y?1:2", "(x=2)+x", "x+(x=2)", "x+=x+=2", "1?x=3:4"),
    *("1?2:x=3", "2=3", "(x)=3", "x+y=3", "x="),
    *("1/0", "1%0", "z/z", "1/z", "0&&1/0", "1||1/0", "1?2:1/0", "0?1/0:2", "1&&1/0", "x/=0"),
    *("w", "p", "p*2", "0&&w", "x++", "2**3", "1,2", "@"),
    *("#", "'1'", '"1"', "a[1]", "1:2", "1?2", "1?:2"),
    *("9223372036854775807+1", "-9223372036854775807-2"),
    *("9223372036854775808", "-9223372036854775808"),
    *("9223372036854775807*3", "0xffffffffffffffff", "1<<63", "1<<64"),
    *("1<<-1", "-1>>1", "-1>>64", "1>>65"),
    *("x=0||y", "1==1", "!(1==2)", "~(1<2)", "-(2>1)"),
    *("(((1)))", "1 +(2)", "x<y", "x>=y", "x>y?x:y"),
)  # fmt: skip


def test_expressions_have_the_values_that_they_have_in_dash():
    setting = "; ".join(f"{name}={shlex.quote(text)}" for name, text in VARIABLES.items())
    scripts = [
        f'reset; (: $(({text}))) 2>/dev/null && {{ v=$(({text})); f "$v,$x,$y"; }} || f none'
        for text in EXPRESSIONS
    ]
    expected, got = answers(scripts, f"reset() {{ {setting}; unset _a a_1 none; }}")
    assert got == expected


TEXTS = (
    "a", "a;", "a&", "a|b", "(a)", "{ a; }", "! a", "((a))", "a&&b||c", "a\n&& b", "a &&\n\nb",
    "|a", "a|", "a||", "a;;b", "a;;", ";", "&", "a&;b", "a;&", "()", "( )", "{ }", "{}", "{a}",
    "}", "a}", "a }", "a;}", "(a", "a)", "(a;)", "(a&)", "{ a }", "{ a&}", "{ a;}b", "(a)b",
    "(a)>b", "(a) b", "! !", "! ! a", "!", "a|! b", "! a|b", "a ! b", "{ (a) }", "{ { a; } }",
    "{ (a)>b }", "{ (a)>b; }", "a 'b", 'a "b', "a `b", "a $(b", "a ${b", "a \\", "a \\\n",
    "a $", "a $()", "a ``", "a $b", "a ${b}", "a > b", "a >", "a > >b", "a 2>b", "a 2 >b",
    "a >|b", "a <>b", "a <<b\nb\n", "a <<", "a <<\n", ">b", "a=b", "a=b c", "a=b (c)", "a=b {",
    "a (b)", "a b (c)", ">b (c)", ">b {", "a # (", "# a", "a#(b", "a\\#b", "a $(b;)",
    "a $(b\n)", "a $(;)", "a $(|b)", "a `;`", "a $(b))", 'a "$(b)"', 'a "$(b"', "a '$('",
    "a\n\n\nb", "\n", "", "  ", "a & b & c &", "a;b;c;", "(a;b)|c&&{ d;}&", "a|(b;c)|{ d\n}",
    "a\t|\tb",
    "if a; then b; fi", "if a then b; fi", "if a\nthen\nb\nfi", "if; then b; fi", "if a; then fi",
    "if a; then b", "if a; fi", "if a; then b; else c; fi", "if a; then b; else; fi", "else",
    "if a; then b; elif c; then d; fi", "if a; then b; elif c; fi", "elif", "then", "fi", "a; fi",
    "if a; then b; else c; else d; fi", "if a; then b; else c; elif d; then e; fi",
    "if a; do b; fi", "if (a) then (b) fi", "if { a; } then { b; } fi", "if (a)>f then b; fi",
    "if a & then b & fi", "if a; then b; fi c", "if a; then b; fi >c", "if a; then b; fi >c d",
    "if a; then b; fi | c", "if a; then b; fi fi", "if a; then if b; then c; fi fi",
    "if a; then b;; fi", "! if a; then b; fi", "while a; do b; done", "while a do b; done",
    "while a; do done", "while; do a; done", "done", "until a; do b; done",
    "while a; b; do c; d; done", "while a; done", "do", "do a; done", "while (a) do (b) done",
    "while a; do b; done done", "(while a; do b; done)", "(while a; do b)",
    "for x in a; do b; done", "for x in; do b; done", "for x; do b; done", "for x do b; done",
    "for x\ndo b; done", "for x\nin a\ndo b\ndone", "for x in a do b; done",
    "for 1 in a; do b; done", "for $x in a; do b; done", "for 'x' in a; do b; done",
    "for x a; do b; done", "for; do b; done", "for x in a & do b; done", "for x in a; b; done",
    "for x in a; { b; }", "for in in in; do b; done", "for x in a >b; do c; done",
    "for x; in a; do b; done", "for x in a b\nc\ndo b; done", "in", "in a",
    "for\nx in a; do b; done", "for x in (a); do b; done", "for x-y in a; do b; done",
    "for if do a; done", "case a in b) c;; esac", "case a in b) c; esac", "case a in b) esac",
    "case a in esac", "case a in (b) c;; esac", "case a in (b c;; esac", "case a in b c) d;; esac",
    "case a in b|c) d;; esac", "case a in |b) d;; esac", "case a in b|) d;; esac", "case a in b) c",
    "case a in", "case a", "case", "case a\nin\nb)\nc\n;;\n\nesac", "case a in b)\n;; esac",
    "case a in esac) b;; esac", "esac", "case a in (esac) b;; esac", "case a in b|esac) c;; esac",
    "case a in b) ;; ;; esac", "case in in in) a;; esac", "case a; in b) c;; esac",
    "case a b in c) d;; esac", "case (a) in b) c;; esac", "case a in b) c;;; esac",
    "case a in 'b c') d;; $e) f;; esac", "case a in b) c;; d) e;; esac f",
    "case a in b) c;; esac >f", "a )", "case a in b) (c) ;; esac", "case a in b) c& ;; esac",
    "case a in b) c&; esac", "$(case a in b) c;; esac)", "case a in b\n) c;; esac",
    "case a in b|\nc) d;; esac", "case a in # b\nc) d;; esac", "case a in b;; esac", "f() { a; }",
    "f () { a; }", "f ( ) { a; }", "f()\n{ a; }", "f()\n\n(a)", "f() (a)", "f() if a; then b; fi",
    "f() a", "f() a b", "f() { a; } >b", "f() { a; } b", "f()", "f();", "f() }", "f(a) { b; }",
    "f() (a) (b)", "1() { a; }", "a-b() { a; }", "'f'() { a; }", "$f() { a; }", "a b() { c; }",
    "x=1 f() { a; }", "f() { a }", ">g f() { a; }", "f() { a; } | b", "f() { a; } &",
    "! f() { a; }", "f() { g() { a; }; }", "if() { a; }", "while() { a; }", "f() for x; do a; done",
    "f() case a in b) c;; esac", "()", "() { a; }", "{ if a; then b; fi }", "{ if a; then b; fi; }",
    "{ case a in b) c;; esac }", "echo if then fi", "a | if b", "a | if b; then c; fi",
    "a && while b; do c; done", "x=1 if a; then b; fi", ">f if a; then b; fi", "\\if a",
    "if a; then\nb <<E\nc\nE\nfi", "while a <<E; do b; done\nc\nE", "for x in $(a); do b; done",
    "f() { a; };b",
)  # fmt: skip


def test_texts_are_accepted_and_refused_as_in_dash():
    differing = []
    for text in TEXTS:
        try:
            parse(text)
            accepts = True
        except SyntaxMistake:
            accepts = False
        checked = subprocess.run(["dash", "-n"], input=text.encode(), capture_output=True)
        if accepts is not (checked.returncode == 0):
            differing.append(text)
    assert differing == []
