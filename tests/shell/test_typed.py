"""Constructs typed at the prompt do what they do in bash."""

import pytest

from tests.harness.process import descendants_of, wait_until
from tests.harness.sh import BASH, FORK, Shell, run, run_cases

pytestmark = pytest.mark.long("each construct in two shells")

TYPED = Shell("simpsh -o typed", (*FORK.argv, "-o", "typed"))

SETUP = "HOME=/h; x='a b'; e=; n=7; : >file; mkdir dir; ln -s file link"
CONDITIONS = r"""
-f file|-d file|-d dir|-e nosuch|! -e nosuch|-L link|-s file|-r file|-w file|-x file|-h link
-z $e|-z $x|-n $e|-n $x|$x|$e|-v x|-v nosuch|-v e|! $x|! ! $x|-t 9
$x = 'a b'|$x == a*|$x == "a*"|$x != a*|$x = a\ b|$x == $x|'*' == "*"|a == [abc]|a == [!abc]
a < b|b < a|a > b|B < a|10 < 9|"" < a|file -ef link|file -nt nosuch|nosuch -ot file
1 -eq 1|n -eq 7|n+1 -eq 8|2*3 -lt 7|$n -ge 8|010 -eq 8|$e -eq 0|-1 -lt 0|3 -gt 2
abc =~ b|abc =~ ^b|abc =~ ^a.c$|abc =~ ^(a|x)bc$|'a b' =~ a\ b|'a b' =~ "a b"|a.c =~ a\.c
abc =~ "a.c"|$x =~ ^[[:alpha:]]+\ [a-c]$|abc =~ (x|b)(c)|"" =~ ^$|a+ =~ a\+|aa =~ a{2}|a =~ a{2}
a && b|a && ""|"" \|\| b|"" \|\| ""|a && "" \|\| c|"" && a \|\| b|! a \|\| b|( a )|( "" )
! ( a && "" )|( a \|\| b ) && ""|-n a && ! -d file|a && ( b && ( c \|\| "" ) )|a == a && b < c
-f file && -r file|x|'' == ''|$x == 'a b' && $n -eq 7|~ == $HOME|$# -eq 0|"$@" == ""
"""

COMMANDS = {
    "arithmetic": r"""
((1)); p $? ¦ ((0)); p $? ¦ ((n == 7)); p $? ¦ ((n = 3)); p $n ¦ ((n++)); p $n ¦ ((--n)); p $n
((n += 2)); p $n ¦ ((n > 3 && n < 9)); p $? ¦ ((a = 2, b = a * 3)); p $a $b ¦ (( )); p $?
if ((n < 10)); then p yes; else p no; fi ¦ ((n)) && p true ¦ ! ((0)) && p false ¦ ((e)); p $?
n=5; ((n--)) || p no; p $n ¦ ((x = (1 + 2) * 3)); p $x ¦ ((n << 2)); p $? ¦ ((1 ? 0 : 1)); p $?
((n++ + ++n)); p $n ¦ ((5--1)); p $? ¦ ((n=010)); p $n ¦ ((n=0x1f)); p $n ¦ ((~0)); p $?
(("n" == 7)); p $? ¦ (( $n == 7 )); p $? ¦ ((n == 7 || (e = 4))); p $n $e ¦ ((n^n)); p $?
""",
    "loops": r"""
for ((i=0; i<3; i++)); do p $i; done ¦ for ((i=3;i;i--)); do p $i; done
for ((;;)); do p a; break; done
for ((i=0;i<9;i++)); do ((i==2)) && continue; ((i==4)) && break; p $i; done; p $i
for ((i=0,j=5; i<j; i++,j--)); do p $i $j; done ¦ for ((i=0;i<2;i++)) do p $i; done; p $?
for ((i=0;i<0;i++)); do p no; done; p $? ¦ for ((i=0;i<2;i++)); do p $i; done | cat
for (( i = 1 ; i <= 3 ; i += 2 )); do p $i; done ¦ for ((i=0;i<2;i++)); do false; done; p $?
for ((i=0;i<3;i++)); do (exit 3); done; p $? ¦ for ((i=0;i<1/0;i++)); do p no; done; p $?
for ((i=0;i<3;i++)); do p $i; done | while read x; do p "<$x>"; done
for ((i=0;i<3;i++)); do p $i; done & wait ¦ x=$(for ((i=0;i<3;i++)); do p $i; done); p "$x"
for ((i=0;i<2;i++)); do p $i; done && p and ¦ ! for ((i=0;i<2;i++)); do false; done; p $?
""",
    "steps": r"""
i=1; p $((i++)) $i ¦ i=1; p $((++i)) $i ¦ i=1; p $((i--)) $i ¦ i=1; p $((--i)) $i
i=1; p $((i++ + i)) $i ¦ i=1; p $((i++ * 2)) $i ¦ i=2; p $((- i--)) $i ¦ p $((u++)) $u
i=3; p $((i---1)) $i ¦ p $((3--1)) ¦ i=1; p "$((i++))$((i++))" $i ¦ i=5; p $((i++ > 5 ? 1 : 2)) $i
p $((1,2)) ¦ i=1; p $((!i++)) $i ¦ p $((+ +3)) ¦ i=1; j=$((i++)); p $i $j ¦ i=1; p ${x:+$((i++))} $i
i=-1; p $((i++)) $i ¦ p $((i++)) $((i++)) $i ¦ unset i; p $((i--)) $i
i=9223372036854775807; p $((i++)) $i ¦ i=-9223372036854775808; p $((i--)) $i
""",
    "braces": r"""
p {a,b} ¦ p x{a,b}y ¦ p {a,b}{c,d} ¦ p {a,{b,c}d} ¦ p {,a} ¦ p {a,} ¦ p {a} ¦ p {} ¦ p {a,b ¦ p a,b}
p {a..e} ¦ p {1..4} ¦ p {4..1} ¦ p {1..9..3} ¦ p {9..1..4} ¦ p {01..03} ¦ p {-2..2} ¦ p {a..e..2}
p {1..a} ¦ p {e..a} ¦ p {001..10..4} ¦ p "{a,b}" ¦ p '{a,b}' ¦ p \{a,b} ¦ p {a\,b} ¦ p {"a b",c}
p {$x,c} ¦ p {$n..9} ¦ p x{a,b} ¦ p {a,b}$n ¦ p ${x}{1,2} ¦ p file{,.bak} ¦ p {f,l}i* ¦ p ~{,}
p {~,/tmp} ¦ for i in {1..3}; do p $i; done ¦ v={a,b}; p $v ¦ p a{b,c}d{e,f}g ¦ p {a,b,{1..3}}
p {{a,b},c} ¦ p {a,b}} ¦ p {{a,b} ¦ p {1..3}{a,b} ¦ p {x,y}=z ¦ p -{a,b} ¦ mkdir d{1,2}/ && p d?
p "a"{b,c} ¦ p {a,b}"c d" ¦ p {"",a} ¦ case {a,b} in "{a,b}") p literal;; esac
""",
    "functions": r"""
function f { p in $1; }; f a ¦ function f() { p in $1; }; f b
function f () { p $#; }; f a b⏎function f { return 3; }; f; p $? ¦ function f ( p sub; ); f
function f {⏎p lines; }; f ¦ function f⏎{ p below; }; f
f-g() { p dash; }; f-g ¦ a.b() { p dot; }; a.b ¦ f-g() { p dash; }; unset -f f-g; f-g; p $?
function f { p a; }; f; f ¦ function f { p "$#" "$@"; }; f 1 2 '3 4' ¦ function f() { p b; }; f
function f if true; then p d; fi; f ¦ function f () if true; then p d; fi; f
function f case $1 in a) p A;; *) p O;; esac; f a; f b ¦ function f [[ -n $1 ]]; f x; p $?; f; p $?
function 1f { p one; }; 1f ¦ function f+ { p plus; }; f+ ¦ function f@ { p at; }; f@
""",
    "substitutions": r"""
cat <(p a) ¦ cat <(p a) <(p b) ¦ diff <(p a) <(p a) && p same ¦ diff <(p a) <(p b) >/dev/null; p $?
wc -l < <(p a; p b) ¦ while read l; do p "<$l>"; done < <(p a; p b)
x=1; while read l; do x=$l; done < <(p 5); p $x ¦ p a | cat - <(p b) ¦ p a > >(cat); wait
sort <(p b; p a) ¦ paste -d+ <(seq 3) <(seq 3) ¦ cat <(cat <(p in)) ¦ f() { cat "$1"; }; f <(p arg)
case <(:) in /dev/fd/*) p named;; esac ¦ head -n 1 <(yes) ¦ . <(echo 'p sourced')
exec 5< <(p kept); cat <&5; exec 5<&- ¦ cat <(p a)<(p b) 2>/dev/null; p $? ¦ p $(cat <(p inner))
{ cat; } < <(p group) ¦ (cat <(p sub)) ¦ for i in 1 2; do cat <(p $i); done
cat <((p a; p b)) ¦ p q >f; p "$(<f)" $(< f) "`<f`" ¦ p 'a  b' >f; x=$(0<f); p $x
p q >f; for i in $(<f) $(<$(echo f)); do p $i; done
""",
    "equality": r"""
[ a == a ]; p $? ¦ [ a == b ]; p $? ¦ [ ! a == b ]; p $? ¦ test a == a; p $?
[ "$x" == 'a b' ] && p yes ¦ [ == ]; p $? ¦ [ -n == ]; p $? ¦ [ a == a -a b == b ]; p $?
[ == == == ]; p $? ¦ v=f; p a &>$v; cat f ¦ command -v ls &>/dev/null && p have ¦ [[ a ]] &>f; p $?
[[ a ]] |& cat; p $? ¦ [ "a b" == "a b" ]; p $? ¦ [ a == "a" ]; p $? ¦ [ "$x" == "a b" ]; p $?
[ a = a -a b == b ]; p $? ¦ [ a == ]; p $? ¦ [ == a ]; p $? ¦ [ == = == ]; p $? ¦ [ = == = ]; p $?
[ a ==b ]; p $?
""",
    "both outputs": r"""
{ p out; p err >&2; } &>f; cat f ¦ { p out; p err >&2; } &>>f; { p more; } &>>f; cat f
ls nosuch &>/dev/null; p $? ¦ &>f p a; cat f ¦ p a &> f; cat f ¦ (p a; p b >&2) &>f; cat f
if true; then p a; fi &>f; cat f ¦ f() { p x; p y >&2; }; f &>f; cat f ¦ p a &>f & wait; cat f
p a &>"f g"; cat 'f g' ¦ p a &>f; cat f ¦ p a &>>f; p b &>>f; cat f ¦ p a&>f; cat f
p a &>f b; cat f ¦ { p a; p b >&2; } &> f; cat f ¦ { p a; p b >&2; }&>f; cat f
while :; do p a; p b >&2; break; done &>f; cat f ¦ for i in 1; do p a; p b >&2; done &>f; cat f
exec 3>&1; p a &>f; p b >&3; cat f ¦ (exec &>f; p a; p b >&2); cat f ¦ &>>f p a; cat f
""",
    "pipes of both": r"""
{ p err >&2; } |& cat ¦ { p err >&2; } |& cat |& cat ¦ ls nosuch |& wc -l ¦ true |& false; p $?
! false |& true; p $? ¦ p a |& cat ¦ { p a; p b >&2; } |& cat ¦ { p a; p b >&2; } |& cat |& cat
(p a; p b >&2) |& cat ¦ f() { p a; p b >&2; }; f |& cat ¦ p a |& read x; p "$x" ¦ p a|&cat
{ p a; p b >&2; } 2>f |& cat; wc -l <f ¦ { p a; p b >&2; } >f |& cat; cat f ¦ p a >&2 |& cat
x=$(ls nosuch |& wc -l); p $x ¦ { ls nosuch |& wc -l & } ; wait ¦ ls nosuch |& wc -l & wait
p a |& (cat; p sub) ¦ p a |& { cat; p group; }
""",
}  # fmt: skip


def answers(shell: Shell, texts: list[str]) -> dict[str, tuple[str, int]]:
    script = {"setup": "p() { printf '[%s]' \"$@\"; echo; }"}
    script |= {text: f"({SETUP}; cd .; {text}\n); rm -rf * 2>/dev/null" for text in texts}
    output = run_cases(shell, script)
    return {text: (output[text].text, bool(output[text].error)) for text in texts}


@pytest.mark.usual("arithmetic", "loops")
@pytest.mark.parametrize("group", COMMANDS)
def test_each_construct_behaves_as_in_bash(group):
    cases = COMMANDS[group].strip("\n").replace("\n", " ¦ ").replace("⏎", "\n").split(" ¦ ")
    assert len(set(cases)) == len(cases)
    assert answers(TYPED, cases) == answers(BASH, cases)


@pytest.mark.usual
def test_conditions_hold_as_in_bash():
    tests = [
        text.replace("\0", "|")
        for line in CONDITIONS.strip("\n").splitlines()
        for text in line.replace("\\|", "\0")
        .replace("(a|x)", "(a\0x)")
        .replace("(x|b)", "(x\0b)")
        .split("|")
    ]
    assert len(tests) == 85
    lines = [f"[[ {text} ]]; p $?" for text in tests]
    assert answers(TYPED, lines) == answers(BASH, lines)


@pytest.mark.usual
@pytest.mark.needs("ps")
def test_process_substitutions_leave_no_process_and_no_descriptor():
    script = """
    open() { ls /proc/self/fd | wc -l; }
    before=$(open); cat <(echo a) <(echo b) >/dev/null; echo c | tee >(cat >/dev/null) >/dev/null
    while read l; do :; done < <(yes | head -n 5); head -n 1 <(yes) >/dev/null; wait
    [ "$(open)" = "$before" ] && echo same; ps -o stat= --ppid $$ | grep -c Z
    """
    outcome = run(TYPED, script)
    assert (outcome.text.split(), outcome.error) == (["same", "0"], "")


@pytest.mark.usual
def test_a_command_that_writes_to_a_process_can_be_stopped(start_shell):
    terminal = start_shell(environment={"PATH": "/usr/bin:/bin"})
    terminal.wait_prompt()
    terminal.send("sleep 100 > >(cat)\r")
    terminal.foreground_is("sleep")
    terminal.send("\x1a")
    terminal.wait_prompt()
    assert "Stopped (SIGTSTP)" in terminal.screen()
    terminal.run("kill %1; wait; echo over")
    assert "\nover" in terminal.screen()


def test_an_interrupt_ends_a_command_and_the_process_that_it_reads_from(start_shell):
    terminal = start_shell(environment={"PATH": "/usr/bin:/bin"})
    terminal.wait_prompt()
    terminal.send("cat <(sleep 1000)\r")
    terminal.foreground_is("cat")
    terminal.send("\x03")
    terminal.wait_prompt()
    wait_until(lambda: not descendants_of(terminal.pid), "no process is left")
