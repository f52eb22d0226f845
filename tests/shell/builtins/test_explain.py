"""explain: the printed plan of a line, and its agreement with a recording."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from tests.harness.sh import SIMPSH, Place, run, simpsh

PROGRAMS = ("cat", "ls", "wc")

PLANS = {
    "ls | wc -l >n 2>&1": r"""
ls | wc -l >n 2>&1
  shell       pipe2() = [read A, write A]     pipe A: ls writes, wc reads
              fork() → ls                     a copy of the shell
              close(write A)                  wc must see end of file
              fork() → wc                     a copy of the shell
              close(read A)                   wc has it
              wait4() × 2                     till all end; $? is wc's
  ls          dup2(write A, 1)                standard output → pipe A
              execve("bin/ls", ["ls"])        closes its pipe ends (O_CLOEXEC)
  wc          dup2(read A, 0)                 standard input ← pipe A
              open("n", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = fd
              dup2(fd, 1)                     standard output → n
              close(fd)
              dup2(1, 2)                      standard error → where 1 points
              execve("bin/wc", ["wc", "-l"])  closes its pipe ends (O_CLOEXEC)
""",
    "cat <in 3<&0 7<&- <&$y <<<hi &": r"""
cat <in 3<&0 7<&- <&$y <<<hi &
  shell       fork() → cat                    a copy of the shell
              no wait                         SIGCHLD will report the end
  cat         open("/dev/null", O_RDONLY|O_CLOEXEC) = fd
              dup2(fd, 0)                     standard input ← /dev/null
              close(fd)
              open("in", O_RDONLY|O_CLOEXEC) = fd
              dup2(fd, 0)                     standard input ← in
              close(fd)
              dup2(0, 3)                      descriptor 3 → where 0 points
              close(7)                        closes descriptor 7
              dup2(…, 0)                      standard input → where … points
              pipe2() = [read A, write A]     for the text; over 4096 bytes: a memfd
              write(write A, the text)
              close(write A)                  so that the text has an end
              dup2(read A, 0)                 standard input ← the text
              close(read A)
              execve("bin/cat", ["cat"])      the program takes over
""",
    "(cd /; ls) | cat": r"""
(cd /; ls) | cat
  shell       pipe2() = [read A, write A]     pipe A: ( ) writes, cat reads
              fork() → ( )                    a copy that continues as a shell
              close(write A)                  cat must see end of file
              fork() → cat                    a copy of the shell
              close(read A)                   cat has it
              wait4() × 2                     till all end; $? is cat's
  ( )         dup2(write A, 1)                standard output → pipe A
              close(…)                        the pipe ends that are not its own
              runs as a copy of the shell     its changes are lost with it
  │ cd /
  │   ( )         cd /                            builtin: in this copy, no fork
  │ ls
  │   ( )         fork() → ls                     a copy of the shell
  │               wait4() ← ls                    sleeps till it ends; sets $?
  │   ls          execve("bin/ls", ["ls"])        the program takes over
  cat         dup2(read A, 0)                 standard input ← pipe A
              execve("bin/cat", ["cat"])      closes its pipe ends (O_CLOEXEC)
""",
    "ls ${x-$(wc)}": r"""
ls ${x-$(wc)}
  │ $(wc)   only if $x requires it
  │   shell       pipe2() = [read A, write A]     pipe A, for the output
  │               fork() → wc                     a copy of the shell
  │               close(write A)                  else there is no end of file
  │               read(read A) until end of file  the text for the line
  │               wait4() ← wc                    sleeps till it ends; sets $?
  │               close(read A)
  │   wc          dup2(write A, 1)                standard output → pipe A
  │               execve("bin/wc", ["wc"])        closes its pipe ends (O_CLOEXEC)
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls", "${x-$(wc)}"])
""",
    "$x; A=1; A=2 ls * && ! time nosuch": r"""
$x
  shell       runs whatever $x names          known only when the line runs

A=1
  shell       A=1                             a variable of the shell: no call

A=2 ls *
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls", "*"])   A in its environment

&& time ! nosuch   only if the command before succeeds
  shell       fork() → nosuch                 a copy of the shell
              wait4() ← nosuch                sleeps till it ends; sets $?
  nosuch      execve("nosuch", ["nosuch"]) fails
                                              at present: no such program
  shell       time                            wait4 reports the usage of each
              !                               negates the status
""",
    "for f in a b; do { cd $f; }; done; until cd a; do cd b; done": r"""
for f in a b; do { cd $f; }; done
  shell       for f                           is each word in turn: no call
  │ { cd $f; }   in each round
  │   │ cd $f
  │   │   shell       cd $f                           builtin: in the shell, no fork

until cd a; do cd b; done
  shell       until                           until its condition succeeds: no call
  │ cd a   before each round
  │   shell       cd a                            builtin: in the shell, no fork
  │ cd b   in each round
  │   shell       cd b                            builtin: in the shell, no fork
""",
    "if cd a; then cd b; elif cd c; then cd d; else x=1; fi": r"""
if cd a; then cd b; elif cd c; then cd d; else x=1; fi
  shell       if                              a status decides: no call
  │ cd a
  │   shell       cd a                            builtin: in the shell, no fork
  │ cd b   only if this condition succeeds
  │   shell       cd b                            builtin: in the shell, no fork
  │ cd c   only if no earlier condition succeeds
  │   shell       cd c                            builtin: in the shell, no fork
  │ cd d   only if this condition succeeds
  │   shell       cd d                            builtin: in the shell, no fork
  │ x=1   only if no condition succeeds
  │   shell       x=1                             a variable of the shell: no call
""",
    "case $x in a*) cd a;& *) cd b;; esac": r"""
case $x in a*) cd a;& *) cd b;; esac
  shell       case $x                         compared with patterns: no call
  │ cd a   only if a* matches
  │   shell       cd a                            builtin: in the shell, no fork
  │ cd b   only if * matches, or the list before ran
  │   shell       cd b                            builtin: in the shell, no fork
""",
    "{ cd a; } >f 2>&1 <<<t": r"""
{ cd a; } >f 2>&1 <<<t
  shell       fcntl(1, F_DUPFD, …) = old 1    keeps standard output
              open("f", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = fd
              dup2(fd, 1)                     standard output → f
              close(fd)
              fcntl(2, F_DUPFD, …) = old 2    keeps standard error
              dup2(1, 2)                      standard error → where 1 points
              fcntl(0, F_DUPFD, …) = old 0    keeps standard input
              pipe2() = [read A, write A]     for the text; over 4096 bytes: a memfd
              write(write A, the text)
              close(write A)                  so that the text has an end
              dup2(read A, 0)                 standard input ← the text
              close(read A)
  │ cd a
  │   shell       cd a                            builtin: in the shell, no fork
              dup2(old 0, 0)                  standard input as before
              close(old 0)
              dup2(old 2, 2)                  standard error as before
              close(old 2)
              dup2(old 1, 1)                  standard output as before
              close(old 1)
""",
    "f() { cd a; }; f >f; f": r"""
f() { cd a; }
  shell       f()                             a function: no call, nothing runs

f >f
  shell       fcntl(1, F_DUPFD, …) = old 1    keeps standard output
              open("f", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = fd
              dup2(fd, 1)                     standard output → f
              close(fd)
              f                               a function: no fork, the same pid
  │ cd a
  │   shell       cd a                            builtin: in the shell, no fork
              dup2(old 1, 1)                  standard output as before
              close(old 1)

f
  shell       f                               a function: no fork, the same pid
""",
    "exec 3<f 4<>g 5<&-; exec ls -l >f": r"""
exec 3<f 4<>g 5<&-
  shell       open("f", O_RDONLY|O_CLOEXEC) = fd
              dup2(fd, 3)                     descriptor 3 ← f
              close(fd)
              open("g", O_RDWR|O_CREAT|O_CLOEXEC, 0666) = fd
              dup2(fd, 4)                     descriptor 4 ↔ g
              close(fd)
              close(5)                        closes descriptor 5
              exec                            nothing of it is undone

exec ls -l >f
  shell       open("f", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = fd
              dup2(fd, 1)                     standard output → f
              close(fd)
              execve("bin/ls", ["ls", "-l"])  the program takes over
              no fork, no return              the shell is replaced
""",
    "A=$(ls) wc >f": r"""
A=$(ls) wc >f
  shell       fcntl(1, F_DUPFD, …) = old 1    keeps standard output
              open("f", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = fd
              dup2(fd, 1)                     standard output → f
              close(fd)
  │ $(ls)
  │   shell       pipe2() = [read A, write A]     pipe A, for the output
  │               fork() → ls                     a copy of the shell
  │               close(write A)                  else there is no end of file
  │               read(read A) until end of file  the text for the line
  │               wait4() ← ls                    sleeps till it ends; sets $?
  │               close(read A)
  │   ls          dup2(write A, 1)                standard output → pipe A
  │               execve("bin/ls", ["ls"])        closes its pipe ends (O_CLOEXEC)
              fork() → wc                     a copy of the shell
              wait4() ← wc                    sleeps till it ends; sets $?
  wc          execve("bin/wc", ["wc"])        A in its environment
  shell       dup2(old 1, 1)                  standard output as before
              close(old 1)
""",
    "command ls; command cd a; ls | nosuch": r"""
command ls
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls"])        the program takes over

command cd a
  shell       cd a                            builtin: in the shell, no fork

ls | nosuch
  shell       pipe2() = [read A, write A]     pipe A: ls writes, nosuch reads
              fork() → ls                     a copy of the shell
              close(write A)                  nosuch must see end of file
              fork() → nosuch                 a copy of the shell
              close(read A)                   nosuch has it
              wait4() × 2                     till all end; $? is nosuch's
  ls          dup2(write A, 1)                standard output → pipe A
              execve("bin/ls", ["ls"])        closes its pipe ends (O_CLOEXEC)
  nosuch      dup2(read A, 0)                 standard input ← pipe A
              execve("nosuch", ["nosuch"]) fails
                                              at present: no such program
""",
    "(ls | wc; exec cat) >f &": r"""
(ls | wc; exec cat) >f &
  shell       fork() → ( )                    a copy that continues as a shell
              no wait                         SIGCHLD will report the end
  ( )         open("/dev/null", O_RDONLY|O_CLOEXEC) = fd
              dup2(fd, 0)                     standard input ← /dev/null
              close(fd)
              open("f", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = fd
              dup2(fd, 1)                     standard output → f
              close(fd)
              runs as a copy of the shell     its changes are lost with it
  │ ls | wc
  │   ( )         pipe2() = [read A, write A]     pipe A: ls writes, wc reads
  │               fork() → ls                     a copy of the shell
  │               close(write A)                  wc must see end of file
  │               fork() → wc                     a copy of the shell
  │               close(read A)                   wc has it
  │               wait4() × 2                     till all end; $? is wc's
  │   ls          dup2(write A, 1)                standard output → pipe A
  │               execve("bin/ls", ["ls"])        closes its pipe ends (O_CLOEXEC)
  │   wc          dup2(read A, 0)                 standard input ← pipe A
  │               execve("bin/wc", ["wc"])        closes its pipe ends (O_CLOEXEC)
  │ exec cat
  │   ( )         execve("bin/cat", ["cat"])      the program takes over
  │               no fork, no return              the shell is replaced
""",
    "cd a && ls | { cat; wc; } | (cd b) &": r"""
cd a && ls | { cat; wc; } | (cd b) &
  shell       fork() → copy                   a copy that continues as a shell
              no wait                         SIGCHLD will report the end
  copy        open("/dev/null", O_RDONLY|O_CLOEXEC) = fd
              dup2(fd, 0)                     standard input ← /dev/null
              close(fd)
              runs as a copy of the shell     its changes are lost with it
  │ cd a
  │   copy        cd a                            builtin: in this copy, no fork
  │ && ls | { cat; wc; } | (cd b)   only if the command before succeeds
  │   copy        pipe2() = [read A, write A]     pipe A: ls writes, { } reads
  │               fork() → ls                     a copy of the shell
  │               close(write A)                  { } must see end of file
  │               pipe2() = [read B, write B]     pipe B: { } writes, ( ) reads
  │               fork() → { }                    a copy that continues as a shell
  │               close(read A)                   { } has it
  │               close(write B)                  ( ) must see end of file
  │               fork() → ( )                    a copy that continues as a shell
  │               close(read B)                   ( ) has it
  │               wait4() × 3                     till all end; $? is ( )'s
  │   ls          dup2(write A, 1)                standard output → pipe A
  │               execve("bin/ls", ["ls"])        closes its pipe ends (O_CLOEXEC)
  │   { }         dup2(read A, 0)                 standard input ← pipe A
  │               dup2(write B, 1)                standard output → pipe B
  │               close(…)                        the pipe ends that are not its own
  │               runs as a copy of the shell     its changes are lost with it
  │   │ cat
  │   │   { }         fork() → cat                    a copy of the shell
  │   │               wait4() ← cat                   sleeps till it ends; sets $?
  │   │   cat         execve("bin/cat", ["cat"])      the program takes over
  │   │ wc
  │   │   { }         fork() → wc                     a copy of the shell
  │   │               wait4() ← wc                    sleeps till it ends; sets $?
  │   │   wc          execve("bin/wc", ["wc"])        the program takes over
  │   ( )         dup2(read B, 0)                 standard input ← pipe B
  │               close(…)                        the pipe ends that are not its own
  │               runs as a copy of the shell     its changes are lost with it
  │               cd b                            builtin: in this copy, no fork
""",
    "[[ -e x ]] && ls": r"""
[[ -e x ]]
  shell       not run                         '[[ ]]' is bash's; in an sh script: [ "$a" = b ]

&& ls   only if the command before succeeds
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls"])        the program takes over
""",
    "case $(ls) in $(wc)) ls;; a|b) cd b;; esac": r"""
case $(ls) in $(wc)) ls;; a | b) cd b;; esac
  │ $(ls)
  │   shell       pipe2() = [read A, write A]     pipe A, for the output
  │               fork() → ls                     a copy of the shell
  │               close(write A)                  else there is no end of file
  │               read(read A) until end of file  the text for the line
  │               wait4() ← ls                    sleeps till it ends; sets $?
  │               close(read A)
  │   ls          dup2(write A, 1)                standard output → pipe A
  │               execve("bin/ls", ["ls"])        closes its pipe ends (O_CLOEXEC)
  shell       case $(ls)                      compared with patterns: no call
  │ $(wc)   only if it is compared so far
  │   shell       pipe2() = [read B, write B]     pipe B, for the output
  │               fork() → wc                     a copy of the shell
  │               close(write B)                  else there is no end of file
  │               read(read B) until end of file  the text for the line
  │               wait4() ← wc                    sleeps till it ends; sets $?
  │               close(read B)
  │   wc          dup2(write B, 1)                standard output → pipe B
  │               execve("bin/wc", ["wc"])        closes its pipe ends (O_CLOEXEC)
  │ ls   only if $(wc) matches
  │   shell       fork() → ls                     a copy of the shell
  │               wait4() ← ls                    sleeps till it ends; sets $?
  │   ls          execve("bin/ls", ["ls"])        the program takes over
  │ cd b   only if a | b matches
  │   shell       cd b                            builtin: in the shell, no fork
""",
    "while cd a; do wc; done >f 5<&-; ! time cd a": r"""
while cd a; do wc; done >f 5<&-
  shell       fcntl(1, F_DUPFD, …) = old 1    keeps standard output
              open("f", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = fd
              dup2(fd, 1)                     standard output → f
              close(fd)
              close(5)                        closes descriptor 5
              while                           until its condition fails: no call
  │ cd a   before each round
  │   shell       cd a                            builtin: in the shell, no fork
  │ wc   in each round
  │   shell       fork() → wc                     a copy of the shell
  │               wait4() ← wc                    sleeps till it ends; sets $?
  │   wc          execve("bin/wc", ["wc"])        the program takes over
              close(5)                        as before
              dup2(old 1, 1)                  standard output as before
              close(old 1)

time ! cd a
  shell       cd a                            builtin: in the shell, no fork
              time                            wait4 reports the usage of each
              !                               negates the status
""",
    "f() { cd $1; f; }; f x": r"""
f() { cd $1; f; }
  shell       f()                             a function: no call, nothing runs

f x
  shell       f x                             a function: no fork, the same pid
  │ cd $1
  │   shell       cd $1                           builtin: in the shell, no fork
  │ f
  │   shell       f                               a function: no fork, the same pid
""",
}


def test_a_plan_lists_each_call_and_nothing_is_run():
    lines = [
        f"explain \"${{{number}}}\"; /usr/bin/printf '\\f'" for number in range(1, len(PLANS) + 1)
    ]
    programs = "mkdir bin; " + "; ".join(f"cp /bin/true bin/{name}" for name in PROGRAMS)
    outcome = run(SIMPSH, "\n".join((programs, "PATH=bin", *lines)), arguments=list(PLANS))
    assert (outcome.status, outcome.error) == (0, "")
    assert sorted(outcome.files) == ["bin", *(f"bin/{name}" for name in PROGRAMS)]
    for line, text in zip(PLANS, outcome.text.split("\f"), strict=False):
        assert "\n" + text == PLANS[line]


def test_a_line_with_a_mistake_is_refused():
    outcome = run(
        SIMPSH,
        "explain cat '$HOME *' '|'\nexplain 'ls |'; /bin/echo $?\nexplain; /bin/echo $?\n"
        "explain 'ls 99999999>f'",
    )
    assert outcome.text.startswith("cat '$HOME *' '|'\n"), "operands are the words of one command"
    assert 'execve("/usr/bin/cat", ["cat", "$HOME *", "|"])' in outcome.text
    assert "\n2\n2\n" in outcome.text
    assert "dup2(fd, 99999999)" in outcome.text
    mistake, usage = outcome.error.split("simpsh: line 3: ")
    assert mistake == ("simpsh: line 2: explain: a command is missing after '|'\n  ls |\n     ^\n")
    assert usage.startswith("explain: which line? Put it in quotes; usage:")


def test_explaining_does_not_change_the_shell():
    outcome = run(
        SIMPSH,
        "set -- one; A=1\n"
        "explain 'A=2; cd /; set -f -- x y; exec 3>f; read A; f() { :; }; exit' >/dev/null\n"
        "printf '%s ' $A $1 $# $-; pwd | sed 's:.*/::'; ls /proc/self/fd | grep -c 3; type f",
    )
    assert outcome.text == "1 one 1 work\n1\n"
    assert outcome.error == "simpsh: line 3: type: f: not found\n"


@pytest.mark.parametrize("line", ["(" * 9000 + "ls" + ")" * 9000, "{ " * 900 + "ls" + "; }" * 900])
def test_deep_nesting_is_explained_or_refused_in_one_line(line):
    outcome = run(SIMPSH, 'explain "$1"', arguments=[line])
    assert "Traceback" not in outcome.error
    assert (outcome.status == 0) == (outcome.error == "")


def test_at_a_prompt_plans_have_groups_and_an_interrupt_ends_them(start_shell, tmp_path):
    (tmp_path / "line").write_text("for i in $(ls); do ls; done; " * 50_000)
    terminal = start_shell("--no-rc")
    terminal.wait_prompt()
    terminal.send("explain 'cat | cat'\r")
    terminal.wait("^  cat·2 ")
    shown = [" ".join(line.split()) for line in terminal.screen().splitlines()]
    assert "setpgid(cat, cat) leads a process group" in shown
    assert "setpgid(cat·2, cat) joins the process group" in shown
    assert "tcsetpgrp(terminal, cat) keys, ^C and ^Z go to the job" in shown
    assert "tcsetpgrp(terminal, shell) the keyboard comes back" in shown
    terminal.run("x=$(cat line)")
    terminal.send('explain "$x" >shown\r')
    # The redirection is carried out before the explanation begins.
    terminal.wait_until((tmp_path / "shown").exists, "it never began")
    terminal.key("C-c")
    terminal.wait(r"^status 130: interrupted")
    assert (tmp_path / "shown").read_text() == ""


# ------------------------------------------------------------------ compared with a recording

RECORDED = r"""
/bin/true
nosuchprogram
nosuchprogram | cat
printf x 2>&1 >f
printf x >|f 2>&-
printf x 3>&1 4>&3 3>&-
cat <>f 7<&-
cat <<<word <<<other
printf x | cat | cat | cat | cat
printf x >f | cat </dev/null >g
printf x 2>&1 | cat >&2
(printf x; printf y)
(printf x | cat) >f
(printf x; printf y) | (cat; printf z)
((printf x))
(cd /; pwd) >f
(exec printf x)
printf x | (cat | cat) | { cat; }
{ printf x; } 2>/dev/null | cat
{ { printf x; } >f; } 2>g
{ printf x; cat <f; } 5<&0 >f
pwd >f
printf x | pwd
>f 2>g
type cd | cat
A=1 pwd >f
A=$(printf x) B=$(printf y) printf z
A=$(printf x) printf $(printf y) >f 2>&1
printf "%s" $(printf x; printf y) $(pwd)
printf "%s" $(printf "%s" $(printf x))
printf "%s" `printf x` $(cat <<<y)
printf x | cat $(printf -)
(printf x) >$(printf f)
cat <$(printf f)
command printf x >f
command pwd | cat
! printf x
time printf x | cat
if true; then printf x; fi
f() { printf x | cat; }; f >o
g() { printf x; }; g | cat
exec 8>f
exec printf x
""".strip().splitlines()
"""Lines in which every command runs once."""


def test_the_planned_calls_are_the_calls_of_a_recording():
    planned = explained(RECORDED)
    assert dict(zip(RECORDED, planned, strict=True)) == dict(zip(RECORDED, recorded(), strict=True))


def explained(lines: list[str]) -> list[Counter[str]]:
    """Return how often each line makes each call, according to explain."""
    script = "".join(
        f"explain \"${{{number}}}\"; printf '\\f'\n" for number in range(1, len(lines) + 1)
    )
    outcome = run(SIMPSH, script, arguments=lines)
    assert (outcome.status, outcome.error) == (0, ""), outcome
    counts = []
    for text in outcome.text.split("\f")[:-1]:
        count = Counter(
            re.findall(r"(fork|execve|pipe2|open|dup2|wait4)\((?!.*fails$)", text, re.M)
        )
        count["wait4"] += sum(int(number) - 1 for number in re.findall(r"wait4\(\) × (\d+)", text))
        counts.append(+count)
    return counts


def recorded() -> list[Counter[str]]:
    """Return how often the shell, its copies, and their children up to execve made each call.

    One shell runs the lines; a program between them marks the beginning of the next line.
    """
    script = "\n/bin/true mark\n".join(["", *RECORDED, ""])
    with Place() as place:
        file = f"{place.base}/recording"
        run(simpsh("--engine", "fork", "--trace", file), script, place=place)
        with open(file, encoding="utf-8") as recording:
            events = [json.loads(line) for line in recording][1:]
    counts: list[Counter[str]] = []
    for event in events:
        if event["event"] == "exec" and event["argv"][1:] == ["mark"]:
            # After a line the next mark starts; before a line the previous mark is waited for.
            if counts:
                counts[-1].subtract(("fork", "execve"))
            counts.append(Counter({"wait4": -1}))
        elif counts:
            match event:
                case {"event": "fork"}:
                    counts[-1]["fork"] += 1
                case {"event": "pipe"}:
                    counts[-1]["pipe2"] += 1
                case {"event": "open", "errno": 0}:
                    counts[-1]["open"] += 1
                case {"event": "wait_return", "child_pid": int(pid)} if pid > 0:
                    counts[-1]["wait4"] += 1
                case {"event": "call", "name": "dup2", "errno": 0}:
                    counts[-1]["dup2"] += 1
                case {"event": "call", "name": "execve", "begins": True}:
                    # A call that succeeds does not return.
                    counts[-1]["execve"] += 1
                case {"event": "exec_error"}:
                    counts[-1]["execve"] -= 1
    return [+count for count in counts]
