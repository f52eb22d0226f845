"""explain: the plan of a line, as it is printed."""

from __future__ import annotations

import pytest

from tests.support.shells import SIMPSH, run

PROGRAMS = ("cat", "ls", "true", "wc")

PLANS = {
    "ls | wc -l >n 2>&1": r"""
ls | wc -l >n 2>&1
  shell       pipe2() = [3, 4]                pipe A: written at 4, read at 3
              fork() → ls                     a copy of the shell
              close(4)                        wc must see end of file
              fork() → wc                     a copy of the shell
              close(3)                        wc has it
              wait4() × 2                     till all end; $? is wc's
  ls          dup2(4, 1)                      standard output → pipe A
              execve("bin/ls", ["ls"])        closes 3, 4 (O_CLOEXEC)
  wc          dup2(3, 0)                      standard input ← pipe A
              open("n", O_WRONLY|O_CREAT|O_TRUNC) = 4
              dup2(4, 1)                      standard output → n
              close(4)
              dup2(1, 2)                      standard error → n
              execve("bin/wc", ["wc", "-l"])  closes 3 (O_CLOEXEC)

  in all      2 forks · 2 execs · 1 pipe · 1 open · 4 dup2s · 3 closes · 2 waits
""",
    "cat <in >>out 3<&0 7<&-": r"""
cat <in >>out 3<&0 7<&-
  shell       fork() → cat                    a copy of the shell
              wait4() ← cat                   sleeps till it ends; sets $?
  cat         open("in", O_RDONLY) = 3
              dup2(3, 0)                      standard input ← in
              close(3)
              open("out", O_WRONLY|O_CREAT|O_APPEND) = 3
              dup2(3, 1)                      standard output → out
              close(3)
              dup2(0, 3)                      descriptor 3 → in
              descriptor 7 is closed already  no call
              execve("bin/cat", ["cat"])      the program takes over

  in all      1 fork · 1 exec · 0 pipes · 2 opens · 3 dup2s · 2 closes · 1 wait
""",
    "cat <<<hi": r"""
cat <<<hi
  shell       fork() → cat                    a copy of the shell
              wait4() ← cat                   sleeps till it ends; sets $?
  cat         pipe2() = [3, 4]                a pipe for the text
              write(4, 3 bytes)               the here-document
              close(4)                        so that the text has an end
              dup2(3, 0)                      standard input ← the here-document
              close(3)
              execve("bin/cat", ["cat"])      the program takes over

  in all      1 fork · 1 exec · 1 pipe · 0 opens · 1 dup2 · 2 closes · 1 wait
""",
    "{ ls; cd /; } >f": r"""
{ ls; cd /; } >f
  shell       fcntl(1, F_DUPFD, 200) = 200    keeps standard output
              open("f", O_WRONLY|O_CREAT|O_TRUNC) = 3
              dup2(3, 1)                      standard output → f
              close(3)
  │ ls
  │   shell       fork() → ls                   a copy of the shell
  │               wait4() ← ls                  sleeps till it ends; sets $?
  │   ls          execve("bin/ls", ["ls"])      the program takes over
  │   shell       cd /                          builtin: in the shell, no fork
              dup2(200, 1)                    standard output as before
              close(200)

  in all      1 fork · 1 exec · 0 pipes · 1 open · 2 dup2s · 2 closes · 1 wait
              1 saved descriptor
""",
    "(cd /; ls) | cat": r"""
(cd /; ls) | cat
  shell       pipe2() = [3, 4]                pipe A: written at 4, read at 3
              fork() → ( )                    a copy that continues as a shell
              close(4)                        cat must see end of file
              fork() → cat                    a copy of the shell
              close(3)                        cat has it
              wait4() × 2                     till all end; $? is cat's
  ( )         dup2(4, 1)                      standard output → pipe A
              continues as a copy of the shell
              close(3)                        as an execve would do
              close(4)                        as an execve would do
  │   ( )         cd /                          builtin: in this copy, no fork
  │ ls
  │   ( )         fork() → ls                   a copy of the shell
  │               wait4() ← ls                  sleeps till it ends; sets $?
  │   ls          execve("bin/ls", ["ls"])      if it is there, from where the
  │                                             shell will be
  cat         dup2(3, 0)                      standard input ← pipe A
              execve("bin/cat", ["cat"])      closes 3 (O_CLOEXEC)
""",
    "ls & wc": r"""
ls &
  shell       fork() → ls                     a copy of the shell
              no wait                         SIGCHLD will tell of the end
  ls          open("/dev/null", O_RDONLY) = 3
              dup2(3, 0)                      standard input ← /dev/null
              close(3)
              execve("bin/ls", ["ls"])        the program takes over

wc
  shell       fork() → wc                     a copy of the shell
              wait4() ← wc                    sleeps till it ends; sets $?
  wc          execve("bin/wc", ["wc"])        the program takes over
""",
    "true && ls || cat": r"""
true
  shell       fork() → true                   a copy of the shell
              wait4() ← true                  sleeps till it ends; sets $?
  true        execve("bin/true", ["true"])    the program takes over

&& ls   only if what ran before succeeds
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls"])        the program takes over

|| cat   only if what ran before fails
  shell       fork() → cat                    a copy of the shell
              wait4() ← cat                   sleeps till it ends; sets $?
  cat         execve("bin/cat", ["cat"])      the program takes over
""",
    "cd d && ls": r"""
cd d
  shell       cd d                            builtin: in the shell, no fork

&& ls   only if what ran before succeeds
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls"])        if it is there, from where the
                                              shell will be
""",
    "ls $(cat $(wc))": r"""
ls $(cat $(wc))
  shell
  │ $(cat $(wc))
  │   shell       pipe2() = [3, 4]              pipe A; 3 moves to 200
  │               fork() → cat                  a copy that continues as a shell
  │               close(4)                      else there is no end of file
  │               read(200) until end of file   the text that becomes words
  │               wait4() ← cat                 sleeps till it ends; sets $?
  │               close(200)
  │   cat         dup2(4, 1)                    standard output → pipe A
  │               continues as a copy of the shell
  │               close(4)                      as an execve would do
  │   │ $(wc)
  │   │   cat         pipe2() = [3, 4]            pipe B; 3 moves to 200
  │   │               fork() → wc                 a copy of the shell
  │   │               close(4)                    else there is no end of file
  │   │               read(200) until end of file
  │   │                                           the text that becomes words
  │   │               wait4() ← wc                sleeps till it ends; sets $?
  │   │               close(200)
  │   │   wc          dup2(4, 1)                  standard output → pipe B
  │   │               execve("bin/wc", ["wc"])    closes 4 (O_CLOEXEC)
  │               execve("bin/cat", ["cat", "$(wc)"])
              fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls", "$(cat $(wc))"])

  in all      3 forks · 3 execs · 2 pipes · 0 opens · 2 dup2s · 5 closes
              3 waits
""",
    "read x; cat $x; $x": r"""
read x
  shell       read x                          builtin: in the shell, no fork

cat $x
  shell       fork() → cat                    a copy of the shell
              wait4() ← cat                   sleeps till it ends; sets $?
  cat         execve("bin/cat", ["cat", "$x"])

$x
  shell       runs whatever $x names          known only when the line runs
""",
    "A=1; A=2 ls $A": r"""
A=1
  shell       A=1                             a variable of the shell: no call

A=2 ls $A
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls", "$A"])  A in its environment

  in all      1 fork · 1 exec · 0 pipes · 0 opens · 0 dup2s · 0 closes · 1 wait
""",
    "ls; exit; cat": r"""
ls
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls"])        the program takes over

exit
  shell       exit                            builtin: in the shell, no fork

cat   never
  shell       never reached                   the shell is left before

  in all      1 fork · 1 exec · 0 pipes · 0 opens · 0 dup2s · 0 closes · 1 wait
""",
    "nosuch": r"""
nosuch
  shell       fork() → nosuch                 a copy of the shell
              wait4() ← nosuch                sleeps till it ends; sets $?
  nosuch      execve("nosuch", ["nosuch"]) fails
                                              ENOENT: not found, status 127

  in all      1 fork · 0 execs · 0 pipes · 0 opens · 0 dup2s · 0 closes · 1 wait
""",
    "exec 3>f; ls >&3; exec ls": r"""
exec 3>f
  shell       open("f", O_WRONLY|O_CREAT|O_TRUNC) = 3
              fcntl(3, F_SETFD, 0)            execve keeps descriptor 3
              exec                            nothing of it is undone

ls >&3
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          dup2(3, 1)                      standard output → f
              execve("bin/ls", ["ls"])        the program takes over

exec ls
  shell       execve("bin/ls", ["ls"])        the program takes over
              no fork, no return              the shell is replaced

  in all      1 fork · 2 execs · 0 pipes · 1 open · 1 dup2 · 0 closes · 1 wait
""",
    "set -u; ls $nope; ls": r"""
set -u
  shell       set -u                          builtin: in the shell, no fork

ls $nope   only if the shell continues until here
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls", "$nope"])

ls   only if the shell continues until here
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls"])        the program takes over
""",
    "time ! ls": r"""
time ! ls
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("bin/ls", ["ls"])        the program takes over
  shell       time                            wait4 says what each has used
  shell       !                               turns the status round

  in all      1 fork · 1 exec · 0 pipes · 0 opens · 0 dup2s · 0 closes · 1 wait
""",
    "trap x INT": r"""
trap x INT
  shell       trap x INT                      builtin: in the shell, no fork
              its action                      runs whenever the signal comes
""",
    "cat <<A\n$(ls)\nA": r"""
cat <<A …
  shell
  │ $(ls)
  │   shell       pipe2() = [3, 4]              pipe A; 3 moves to 200
  │               fork() → ls                   a copy of the shell
  │               close(4)                      else there is no end of file
  │               read(200) until end of file   the text that becomes words
  │               wait4() ← ls                  sleeps till it ends; sets $?
  │               close(200)
  │   ls          dup2(4, 1)                    standard output → pipe A
  │               execve("bin/ls", ["ls"])      closes 4 (O_CLOEXEC)
              fork() → cat                    a copy of the shell
              wait4() ← cat                   sleeps till it ends; sets $?
  cat         <<A                             known only when the line runs
              execve("bin/cat", ["cat"])      the program takes over
""",
    "ls | command cat": r"""
ls | command cat
  shell       pipe2() = [3, 4]                pipe A: written at 4, read at 3
              fork() → ls                     a copy of the shell
              close(4)                        command must see end of file
              fork() → command                a copy that continues as a shell
              close(3)                        command has it
              wait4() × 2                     till all end; $? is command's
  ls          dup2(4, 1)                      standard output → pipe A
              execve("bin/ls", ["ls"])        closes 3, 4 (O_CLOEXEC)
  command     dup2(3, 0)                      standard input ← pipe A
              continues as a copy of the shell
              close(3)                        as an execve would do
              fork() → cat                    a copy of the shell
              wait4() ← cat                   sleeps till it ends; sets $?
  cat         execve("bin/cat", ["cat"])      the program takes over

  in all      3 forks · 2 execs · 1 pipe · 0 opens · 2 dup2s · 3 closes
              3 waits
""",
    "for f in a b c; do ls $f; done >n": r"""
for f in a b c; do ls $f; done >n
  shell       fcntl(1, F_DUPFD, 200) = 200    keeps standard output
              open("n", O_WRONLY|O_CREAT|O_TRUNC) = 3
              dup2(3, 1)                      standard output → n
              close(3)
              for f                           f is a, b, c: no call
  │ ls $f   in each round
  │   shell       fork() → ls                   a copy of the shell
  │               wait4() ← ls                  sleeps till it ends; sets $?
  │   ls          execve("bin/ls", ["ls", "$f"])
              dup2(200, 1)                    standard output as before
              close(200)
""",
    "if ls a; then cat b; else x=1; fi": r"""
if ls a; then cat b; else x=1; fi
  shell       if                              a status decides: no call
  │ ls a
  │   shell       fork() → ls                   a copy of the shell
  │               wait4() ← ls                  sleeps till it ends; sets $?
  │   ls          execve("bin/ls", ["ls", "a"])
  │ cat b   only if ls a succeeds
  │   shell       fork() → cat                  a copy of the shell
  │               wait4() ← cat                 sleeps till it ends; sets $?
  │   cat         execve("bin/cat", ["cat", "b"])
  │ x=1   only if no condition succeeds
  │   shell       x=1                           a variable of the shell: no call
""",
    "case $x$(ls) in a*) cat;; *) wc;; esac": r"""
case $x$(ls) in a*) cat;; *) wc;; esac
  shell
  │ $(ls)
  │   shell       pipe2() = [3, 4]              pipe A; 3 moves to 200
  │               fork() → ls                   a copy of the shell
  │               close(4)                      else there is no end of file
  │               read(200) until end of file   the text that becomes words
  │               wait4() ← ls                  sleeps till it ends; sets $?
  │               close(200)
  │   ls          dup2(4, 1)                    standard output → pipe A
  │               execve("bin/ls", ["ls"])      closes 4 (O_CLOEXEC)
              case $x$(ls)                    compared with patterns: no call
  │ cat   only if it is a*
  │   shell       fork() → cat                  a copy of the shell
  │               wait4() ← cat                 sleeps till it ends; sets $?
  │   cat         execve("bin/cat", ["cat"])    the program takes over
  │ wc   only if no pattern before matches
  │   shell       fork() → wc                   a copy of the shell
  │               wait4() ← wc                  sleeps till it ends; sets $?
  │   wc          execve("bin/wc", ["wc"])      the program takes over
""",
    "f() { ls $1; return; cat; }; f ${0%h}": r"""
f() { ls $1; return; cat; }
  shell       f()                             a function: no call, nothing runs

f ${0%h}
  shell       ${0%h}                          computed by the shell: no process
              f script                        a function: no fork, the same pid
  │ ls $1
  │   shell       fork() → ls                   a copy of the shell
  │               wait4() ← ls                  sleeps till it ends; sets $?
  │   ls          execve("bin/ls", ["ls", "$1"])
  │   shell       return                        builtin: in the shell, no fork
  │ cat   never
  │   shell       never reached                 the function is left before

  in all      1 fork · 1 exec · 0 pipes · 0 opens · 0 dup2s · 0 closes · 1 wait
""",
    "ls | while read n; do k=$n; done": r"""
ls | while read n; do k=$n; done
  shell       pipe2() = [3, 4]                pipe A: written at 4, read at 3
              fork() → ls                     a copy of the shell
              close(4)                        while must see end of file
              fork() → while                  a copy that continues as a shell
              close(3)                        while has it
              wait4() × 2                     till all end; $? is while's
  ls          dup2(4, 1)                      standard output → pipe A
              execve("bin/ls", ["ls"])        closes 3, 4 (O_CLOEXEC)
  while       dup2(3, 0)                      standard input ← pipe A
              continues as a copy of the shell
                                              what it sets is lost with it
              close(3)                        as an execve would do
              while                           until its condition fails: no call
  │ read n   before each round
  │   while       read n                        builtin: in this copy, no fork
  │ k=$n   each time read n succeeds
  │   while       k=$n                          a variable of this copy: no call
""",
    "for x in $(ls); do true $x && break; done": r"""
for x in $(ls); do true $x && break; done
  shell
  │ $(ls)
  │   shell       pipe2() = [3, 4]              pipe A; 3 moves to 200
  │               fork() → ls                   a copy of the shell
  │               close(4)                      else there is no end of file
  │               read(200) until end of file   the text that becomes words
  │               wait4() ← ls                  sleeps till it ends; sets $?
  │               close(200)
  │   ls          dup2(4, 1)                    standard output → pipe A
  │               execve("bin/ls", ["ls"])      closes 4 (O_CLOEXEC)
              for x                           x is each word of $(ls): how many
                                              is not known
  │ true $x   in each round
  │   shell       fork() → true                 a copy of the shell
  │               wait4() ← true                sleeps till it ends; sets $?
  │   true        execve("bin/true", ["true", "$x"])
  │ && break   in each round, only if what ran before succeeds
  │   shell       break                         builtin: in the shell, no fork
""",
    ". ./f; ls": r"""
. ./f
  shell       . ./f                           builtin: in the shell, no fork
              runs what is in the file        it is read when the line runs

ls   only if the shell continues until here
  shell       fork() → ls                     a copy of the shell
              wait4() ← ls                    sleeps till it ends; sets $?
  ls          execve("ls", ["ls"])            looked for along PATH
""",
}


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """What explain prints of each line where there are three programs, all in ./bin."""
    lines = [
        f"explain \"${{{number}}}\"; /usr/bin/printf '\\f'" for number in range(1, len(PLANS) + 1)
    ]
    programs = "mkdir bin; " + "; ".join(f"cp /bin/true bin/{name}" for name in PROGRAMS)
    outcome = run(SIMPSH, "\n".join((programs, "PATH=bin", *lines)), arguments=list(PLANS))
    assert (outcome.status, outcome.error) == (0, "")
    assert sorted(outcome.files) == ["bin", *(f"bin/{name}" for name in PROGRAMS)]
    return dict(zip(PLANS, outcome.text.split("\f"), strict=False))


@pytest.mark.parametrize("line", PLANS)
def test_a_plan_is_told_call_by_call_and_nothing_is_run(printed, line):
    assert "\n" + printed[line] == PLANS[line]


def test_every_line_fits_80_columns(printed):
    assert max(len(line) for text in printed.values() for line in text.splitlines()) <= 80


def test_several_operands_are_one_command_whose_words_are_taken_as_they_are():
    outcome = run(SIMPSH, "explain cat '$HOME *' '|'")
    assert 'execve("/usr/bin/cat", ["cat", "$HOME *", "|"])' in outcome.text
    assert outcome.text.startswith("cat '$HOME *' '|'\n")


def test_a_mistake_in_the_line_is_shown_with_a_caret():
    outcome = run(SIMPSH, "explain 'ls |'; printf '%s' $?")
    assert outcome.text == "2"
    assert outcome.error == (
        "simpsh: line 1: explain: a command is missing after '|'\n  ls |\n     ^\n"
    )


def test_without_a_line_its_usage_is_told():
    outcome = run(SIMPSH, "explain; printf '%s' $?")
    assert outcome.text == "2"
    assert outcome.error.startswith("simpsh: line 1: explain: which line? Put it in quotes; usage:")


def test_explaining_leaves_the_shell_as_it_is():
    outcome = run(
        SIMPSH,
        "set -- one; A=1; explain 'A=2; cd /; set -f -- x y; exec 3>f; read A; exit' >/dev/null\n"
        "printf '%s ' $A $1 $# $-; pwd | sed 's:.*/::'; ls /proc/self/fd | grep -c 3",
    )
    assert outcome.text == "1 one 1 work\n1\n"
    assert outcome.error == ""


@pytest.mark.parametrize("line", ["(" * 9000 + "ls" + ")" * 9000, "{ " * 900 + "ls" + "; }" * 900])
def test_deep_nesting_is_explained_or_refused_in_one_line(line):
    outcome = run(SIMPSH, 'explain "$1"', arguments=[line])
    assert "Traceback" not in outcome.error
    assert (outcome.status == 0) == (outcome.error == "")


def test_an_interrupt_ends_an_explanation(start_shell, tmp_path):
    (tmp_path / "line").write_text("for i in $(ls); do ls; done; " * 50_000)
    terminal = start_shell("--no-rc")
    terminal.wait_prompt()
    terminal.run("x=$(cat line)")
    terminal.send('explain "$x" >shown\r')
    # The redirection is made before the explanation begins.
    terminal.wait_until((tmp_path / "shown").exists, "it never began")
    terminal.key("C-c")
    terminal.wait(r"^status 130: interrupted")
    assert (tmp_path / "shown").read_text() == ""


def test_at_a_prompt_groups_and_the_terminal_are_told_of(start_shell):
    terminal = start_shell("--no-rc")
    terminal.wait_prompt()
    terminal.send("explain 'cat | cat'\r")
    terminal.wait("^  in all ")
    shown = [" ".join(line.split()) for line in terminal.screen().splitlines()]
    assert "setpgid(cat, cat) leads a process group" in shown
    assert "setpgid(cat·2, cat) joins the process group" in shown
    assert "tcsetpgrp(terminal, cat) keys, ^C and ^Z go to the job" in shown
    assert "tcsetpgrp(terminal, shell) the keyboard comes back" in shown
