"""explain's counts are those of a recording: exactly, or within the bounds that it tells."""

from __future__ import annotations

import pytest

from simpsh.shell.builtins.help_pages import pages
from tests.shell.builtins.foreseen_calls import CALLS, Bounds, foretold, recorded

EXAMPLES = {page.names[0]: page.commands for page in pages() if page.is_runnable}

PIPELINES = r"""
/bin/true
nosuchprogram
nosuchprogram | cat
printf x >f
printf x >>f
printf x >|f
cat </dev/null
cat <>f
printf x 2>&1 >f
printf x >f 2>&1
printf x 2>&-
printf x 3>&1 4>&3 3>&-
cat 3</dev/null
cat 4</dev/null 3<&4 4<&-
cat 7<&-
printf x >f <f >g
cat <<<word
cat <<<word <<<other
printf x | cat
printf x | cat | cat | cat | cat
printf x >f | cat </dev/null >g
printf x 2>&1 | cat >&2
cat <&0 | cat 5<&0 6>&1
(printf x)
(printf x; printf y)
(printf x | cat)
(printf x) >f
(printf x) | cat
(printf x; printf y) | (cat; printf z)
((printf x))
(cd /; pwd) >f
(exec printf x)
(exit 3)
printf x | (cat | cat) | { cat; }
{ printf x; }
{ printf x; printf y; } >f
{ printf x; } 2>/dev/null | cat
{ { printf x; } >f; } 2>g
{ printf x; cat <f; } 3<&0 >f
pwd
pwd >f
pwd | cat
printf x | pwd
: >f
>f
>f 2>g
cd /
umask
type cd | cat
ulimit -n 20
read x <<<word
A=1
A=1 printf x
A=1 pwd >f
A=$(printf x)
export A=$(printf x)
A=$(printf x) B=$(printf y) printf z
printf "%s" $(printf x)
printf "%s" "$(printf x | cat)"
printf "%s" $(printf x; printf y)
printf "%s" $(pwd)
printf "%s" $(printf "%s" $(printf x))
printf "%s" `printf x` $(cat <<<y)
printf "%s" $()
printf x >$(printf f)
printf x | cat $(printf -)
(printf x) >$(printf f)
cat <$(printf f) >&x$nothing
exec printf x
exec 3>f
exec 3>f 4>&3 3>&-
command printf x
command printf x >f
command pwd | cat
! printf x
time printf x | cat
(trap '' INT; (printf x))
""".strip().splitlines()
PIPELINES += [
    "cat <<A\n$HOME\nA",
    "cat <<A 4<<B\none\nA\ntwo\nB",
    "cat <<A | cat\n" + "x" * 5000 + "\nA",
    "{ cat; cat <&3; } <<A 3<<<y\nx\nA",
]

COMPOUNDS = r"""
for f in a b c; do printf $f; done
for f in a b; do for g in 1 2 3; do printf $f$g; done; done >o
for f in a; do printf $f | cat; done
for f in; do printf $f; done
case main.c in *.o) printf o;; *.c) printf c | cat;; *) printf z;; esac
case b in a) printf a;; b) printf b;& c) printf c;; esac
case x in y) printf y;; esac
for f in a b; do (cd /; pwd); done
{ for f in a b; do cat; done; } <<<x
v=main.c; printf "%s" ${v%.c}.o $((1 + 2))
f() { printf "%s" "$@"; }
for f in a b c; do printf $f; done | cat
for f in a b; do v=$(printf $f); done
""".strip().splitlines()
"""Compound commands in which nothing depends on what is not known before."""

LISTS = r"""
i=0; while [ $i -lt 3 ]; do printf $i; i=$((i+1)); done
i=2; until [ $i = 0 ]; do i=$((i-1)); done >o; printf $i
if false; then printf a; elif true; then printf b | cat; else exit 3; fi; printf c
if printf x | grep -q x; then y=1; else y=2; fi; printf $y
case $(printf x) in x) printf a;; *) pwd;; esac
f() { printf "%s" $1 $#; return; printf y; }; f a b; printf $#
f() { local v=1; printf $v; }; v=2; f; printf $v
f() { if [ $1 -gt 0 ]; then f $(($1 - 1)); fi; }; f 2
f() (printf x; exit 3); f | cat; f
printf 'a\nb\n' | while read x; do printf $x; n=1; done; printf x$n
for x in $(printf 'a b'); do [ $x = a ] && break; printf $x; done
for x in a b c; do if [ $x = b ]; then continue; fi; printf $x; done
for x in a b; do for y in 1 2; do break 2; done; printf $x; done; printf $x
for x in 1 2; do printf $x & done; wait
while printf x; do exit; done; printf y
set -- a b; while [ $# -gt 0 ]; do printf $1; shift; done
x=1; y=1; for i in 1 2 3; do y=$x; x=2; done; case $y in 1) printf a;; 2) printf b | cat;; esac
f() { g; g; }; g() { h; h; }; h() { printf x; }; f
eval 'for i in 1 2; do printf $i; done'
if true; then cd /; fi; printf '%s' e*
printf x; printf y
exec 3>f; printf x >&3; exec 3>&-
A=3; printf x >f$A; cat f3
cd /; printf '%s' e*
mkdir d; cd d; printf x >f
printf x & wait
printf x | cat & wait; printf y
(printf x & wait)
true && printf x
false && printf x
false || printf x
true || printf x; printf y
exit 3; printf x
exec printf x; printf y
false && exit; printf x
read x <<<ls; $x
x=pwd; $x; y=printf; $y x
set -- printf x; "$@"; shift; printf "$@"
set -e; false; printf x
set -u; printf x | cat
set -u; printf x$nothing | cat
set -f; printf '%s' *
PATH=/nowhere; printf x
trap '' INT; (printf x)
trap 'printf bye' EXIT; printf x
printf 'printf x' >s; . ./s; printf y
{ printf x; exec 3>f; } 4>g; cat 3>h
printf x | { cat; exit; }; printf y
A=1; { A=2; printf x; }; printf $A
command exec printf x; printf y
""".strip().splitlines()
LISTS += ["cat <<A; cat <<B\none\nA\ntwo\nB", "cat <<A | cat\n$(printf x)\nA"]


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, Bounds]]:
    return foretold([*EXAMPLES.values(), *PIPELINES, *COMPOUNDS, *LISTS])


def outside(told: dict[str, Bounds], found: dict[str, int]) -> dict[str, tuple[Bounds, int]]:
    """The calls that are made less or more often than was told."""
    return {
        call: (told[call], found[call])
        for call in CALLS
        if not told[call][0] <= found[call] <= told[call][1]
    }


@pytest.mark.parametrize("line", [*PIPELINES, *COMPOUNDS])
def test_the_counts_of_one_pipeline_are_exact(told, line):
    found = recorded(line)
    assert told[line] == {call: (found[call], found[call]) for call in CALLS}


@pytest.mark.parametrize("line", LISTS)
def test_the_counts_of_a_list_are_within_what_is_told(told, line):
    assert outside(told[line], recorded(line)) == {}


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_counts_of_a_help_pages_example_are_within_what_is_told(told, page):
    line = EXAMPLES[page]
    assert outside(told[line], recorded(line)) == {}
