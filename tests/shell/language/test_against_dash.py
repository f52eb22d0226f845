"""Fields, values and the borders of the language as dash has them."""

import os
import shutil
import subprocess

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.parser import parse
from simpsh.shell.language.word_expansion import fields, single
from tests.shell.language.building import parsed_command
from tests.shell.language.worlds import World

pytestmark = pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")

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


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def dash(script, directory="/"):
    environment = {**os.environ, "HOME": "/home/me", "LC_ALL": "C"}
    return subprocess.run(
        ["dash"], input=script.encode(), capture_output=True, cwd=directory, env=environment
    )


PRINT = "f() { for i; do printf '%s\\1' \"$i\"; done; printf '\\2'; }\n"


def fields_in_dash(scripts, directory="/"):
    """The fields that f gets in each script, all in one start of dash."""
    whole = PRINT + "".join(f"( {script}\n)\n" for script in scripts)
    answer = dash(whole, directory)
    assert answer.stderr == b""
    cases = answer.stdout.decode().split("\2")[:-1]
    return [case.split("\1")[:-1] for case in cases]


def preparation(separators, x, y, positional):
    words = " ".join(map(quoted, positional))
    ifs = "unset IFS" if separators is None else f"IFS={quoted(separators)}"
    substitution = "s() { printf '%s\\n' \"$x\"; }"
    return f"x={quoted(x)}; y={quoted(y)}; {substitution}; set -- {words}; set -f; {ifs}"


def world(separators, x, y, positional):
    variables = {"x": x, "y": y}
    if separators is not None:
        variables["IFS"] = separators
    found = World(variables, positional, outputs={"s": x + "\n"}, homes={"": "/home/me"})
    found.is_noglob = True
    return found


@pytest.mark.parametrize("setting", SETTINGS)
def test_words_are_split_as_in_dash(setting):
    expected = fields_in_dash([f"{preparation(*setting)}; f {word}" for word in WORDS])
    found = [fields(parsed_command(f"f {word}").words[1:], world(*setting)) for word in WORDS]
    assert dict(zip(WORDS, found, strict=True)) == dict(zip(WORDS, expected, strict=True))


@pytest.mark.parametrize("setting", SETTINGS)
def test_values_are_joined_as_in_dash(setting):
    expected = fields_in_dash([f'{preparation(*setting)}; v={word}; f "$v"' for word in WORDS])
    found = [
        [single(parsed_command(f"v={word}").assignments[0].value, world(*setting))]
        for word in WORDS
    ]
    assert dict(zip(WORDS, found, strict=True)) == dict(zip(WORDS, expected, strict=True))


class Directory(World):
    """The real directory, for patterns."""

    def entries(self, directory):
        try:
            return os.listdir(directory or ".")
        except OSError:
            return []

    def exists(self, path):
        return os.path.lexists(path)


@pytest.mark.parametrize("is_from_variable", [False, True])
def test_patterns_find_the_files_that_dash_finds(tmp_path, monkeypatch, is_from_variable):
    monkeypatch.chdir(tmp_path)
    for name in (*NAMES, "sub/in", "sub/.hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    texts = [f"f {pattern}" for pattern in PATTERNS]
    if is_from_variable:
        expected = fields_in_dash([f"x={quoted(each)}; f $x" for each in PATTERNS], tmp_path)
        found = [
            fields(parsed_command("f $x").words[1:], Directory({"x": each, "IFS": "\t"}))
            for each in PATTERNS
        ]
        # Here dash splits at blanks.
        expected = [["x' 'y"] if each == ["x'", "'y"] else each for each in expected]
    else:
        expected = fields_in_dash(texts, tmp_path)
        found = [
            fields(parsed_command(text).words[1:], Directory(homes={"": "/home/me"}))
            for text in texts
        ]
    assert dict(zip(PATTERNS, found, strict=True)) == dict(zip(PATTERNS, expected, strict=True))


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
