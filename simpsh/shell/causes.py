"""The table of causes: what a failed call, a signal or an exit status means, and what to try.

There are only rows here; explanation.py finds the row. `why`, F1 and the bar show them.
"""

from __future__ import annotations

import errno

from simpsh.base.failed_call import CANCELLED, DEFECT, EXPANSION, INTERRUPTED, SYNTAX
from simpsh.base.roles import (
    AND,
    BACKGROUND,
    EARLIER,
    IF,
    NOT,
    OR,
    PIPELINE,
    PROCESS,
    SUBSTITUTION,
    TRAP,
    WHILE,
)

ANY = "*"
_DEBUGGER = "gdb: run, backtrace"
CAUSES: dict[tuple[str, int | str], tuple[str, str]] = {
    # execve and open fail with one errno for several causes; words stand for the one that is found.
    ("execve", "search"): ("no directory of PATH has a program of this name",
        "look at the spelling; is it installed?"),
    ("execve", "here"): ("this directory has a file of this name, but PATH does not name the "
        "directory", "./$FILE"),
    ("execve", "empty"): ('the name is an empty word, as "$x" without a value is',
        "look at the variable"),
    ("execve", "directory"): ("it is a directory, which can hold programs but is none", "cd $FILE"),
    ("execve", "no x"): ("the file has no x for you", "chmod +x $FILE"),
    ("execve", "interpreter"): ("the file exists, but not the interpreter that its first line "
        "names", "head -n 1 $FILE; correct that line, or install the interpreter"),
    ("execve", "return"): ("its first line ends in a carriage return, as files from Windows do",
        "sed -i 's/\\r$//' $FILE"),
    ("execve", "loader"): ("the file exists, but not a file that it needs, such as its loader",
        "file $FILE; was it built for another system?"),
    ("execve", errno.ENOEXEC): ("it has no format that this kernel executes, and is no text",
        "file $FILE; was it built for another machine?"),
    ("open", "directory"): ("there is no directory $ABOVE: open makes a file, never a directory",
        "mkdir -p $ABOVE"),
    ("open", "empty"): ("the file's name is an empty word", "look at the variable"),
    ("open", "no r"): ("you may not read the file", "ls -l $FILE; id"),
    ("open", "no w"): ("you may not write the file; the shell opens it, so that sudo before the "
        "command changes nothing", "ls -l $FILE; … | sudo tee $FILE"),
    ("open", "new"): ("a new file is written into its directory, and $ABOVE has no w for you",
        "ls -ld $ABOVE; write to another directory"),
    ("open", errno.EISDIR): ("it is a directory, which cannot be opened for writing",
        "name a file in it: $FILE/NAME"),
    ("open", errno.EEXIST): ("set -C is on, so that > overwrites no file",
        ">| $FILE overwrites it; set +C turns that off"),
    ("dup2", errno.EBADF): ("that descriptor is not open, or is not below the limit",
        "fds; ulimit -n"),
    ("chdir", errno.ENOENT): ("there is no directory of this name", "ls; pwd"),
    ("chdir", errno.ENOTDIR): ("only a directory can be the working directory", "ls -ld $FILE"),
    ("chdir", errno.EACCES): ("you may enter a directory only if it has x for you",
        "ls -ld $FILE; id"),
    ("kill", errno.ESRCH): ("no process has this id; its parent may have collected it",
        "ps; jobs -l"),
    ("kill", errno.EPERM): ("you may signal only processes of your own user", "ps -f; id"),
    ("setrlimit", errno.EPERM): ("only root may raise a hard limit, and that of open descriptors "
        "never above fs.nr_open", "ulimit -H -a; sysctl fs.nr_open"),
    ("fork", errno.EAGAIN): ("a limit of processes is reached: of the user, the control group or "
        "the machine", "ulimit -u; ps -u $(id -un); end some of them"),
    (ANY, errno.ENOENT): ("there is no file of this name", "ls $ABOVE; pwd"),
    (ANY, errno.ENOTDIR): ("a part of the path is a file, but a slash follows it", "namei $FILE"),
    (ANY, errno.EACCES): ("the modes of the file, or of a directory above it, do not permit it",
        "namei -l $FILE; id"),
    (ANY, errno.EMFILE): ("this process has no free descriptor", "fds; ulimit -n"),
    # Signals. The wait status has no cause; these are frequent ones.
    ("SIGSEGV", ANY): ("an access to an address that is not mapped, such as a null pointer; a "
        "write to read-only memory, such as a string literal; a stack that grew beyond its limit",
        "compile with -g -fsanitize=address; or gdb: run, backtrace"),
    ("SIGBUS", ANY): ("an access to a mapped page beyond the end of its file", _DEBUGGER),
    ("SIGFPE", ANY): ("a division of an integer by zero; a division that overflows "
        "(INT_MIN / -1)", _DEBUGGER),
    ("SIGABRT", ANY): ("abort(3), as after a failed assert; a damaged heap that the C library "
        "found", f"read its message; {_DEBUGGER}"),
    ("SIGKILL", ANY): ("a lack of memory, on the machine or in its control group (OOM); its hard "
        "limit of CPU time", "dmesg | tail; ulimit -t"),
    ("SIGTERM", ANY): ("a process that asked it to end", "nothing, if it was you"),
    ("SIGINT", ANY): ("^C at the terminal, for the whole foreground group",
        "nothing, if it was you"),
    ("SIGQUIT", ANY): ("^\\ at the terminal, for the whole foreground group",
        "nothing, if it was you"),
    ("SIGPIPE", ANY): ("a write to a pipe that no process reads, as before | head; a write to a "
        "socket that the other side has closed", "usually nothing: so a pipeline ends early"),
    ("SIGXCPU", ANY): ("more CPU time than its limit (RLIMIT_CPU)", "ulimit -t"),
    ("SIGTSTP", ANY): ("^Z at the terminal, for the whole foreground group",
        "fg continues it, bg in the background"),
    ("SIGSTOP", ANY): ("a process that stopped it", "fg or bg continues it"),
    ("SIGTTIN", ANY): ("a read from the terminal in the background",
        "fg gives it the keyboard; or let it read a file: < FILE"),
    ("SIGTTOU", ANY): ("a change of the terminal's modes in the background; a write to the "
        "terminal in the background, after stty tostop", "fg gives it the terminal; or > FILE"),
    # Commands that ended with a status that no manual defines.
    ("program", ANY): ("each program defines its numbers; 1 is usual for a failure",
        "read its message; man $NAME"),
    ("subshell", ANY): ("a subshell ends with the status of its last command or of exit",
        "timeline shows what ran in it"),
    ("function", ANY): ("a function returns what 'return' or its last command says",
        "type $NAME shows its text"),
    ("test", ANY): ("its value is 0, or the condition is false", "nothing, if it was a question"),
    ("built-in", ANY): ("it could not do it; its message says why", "help $NAME"),
    ("shell", ANY): ("the shell itself could not do it; its message says why", "doctor"),
    # In the shell itself, without a system call.
    (SYNTAX, 0): ("nothing of the line was run", "look at the caret; ↑ brings the line back"),
    (EXPANSION, 0): ("the shell could not expand a word, so nothing was executed",
        "correct the word that the message names"),
    (CANCELLED, 0): ("^C at the prompt cancelled the line", "type the next line"),
    (INTERRUPTED, 0): ("^C came to the shell itself, which gave up the line", "type the next line"),
    (DEFECT, 0): ("a defect of simpsh, or a lack of memory", "simpsh doctor; please report it"),
}  # fmt: skip
"""By call and errno (or what explanation.py finds), by signal, and by part of the shell: the
meaning, and a suggestion. $FILE is the call's path, $ABOVE the directory of that."""

SENT = ("SIGTERM", "SIGSTOP")
"""Signals that are always sent by a process."""

TAKERS: dict[str, tuple[str, str]] = {
    PIPELINE: ("the status of a pipeline is its last member's", "set -o pipefail"),
    IF: ("it was a condition of 'if', which only chooses by it", ""),
    WHILE: ("it was the condition of a loop, which only ends by it", ""),
    AND: ("it stood before '&&', so the command after that was not run; a later one gave $?", ""),
    OR: ("it stood before '||', so the command after that was run", ""),
    NOT: ("'!' makes 0 of a failure", ""),
    SUBSTITUTION: ("it ran in $( ), and a command that used its output gave $?",
        "x=$(…) alone passes the status on"),
    PROCESS: ("it ran in <( ) or >( ), whose status nobody waits for", ""),
    BACKGROUND: ("the shell did not wait for it: '&'", "wait PID returns its status"),
    TRAP: ("it ran in a trap, which keeps $?", ""),
    EARLIER: ("an earlier line started it", "wait PID returns its status"),
    ";": ("a later command gave $?", "join them by && to stop at a failure"),
}  # fmt: skip
"""For each construct that uses a status itself: why $? is not that status, and how to get it."""

LESSONS = {
    "execve": "exec-fails",
    "fork": "fork-can-fail",
    "open": "redirection-order",
    "dup2": "redirection-order",
    "kill": "process-groups-and-kill",
    "chdir": "why-cd-is-built-in",
    "SIGPIPE": "broken-pipe",
    "killed": "signals-handlers",
    "stopped": "stop-and-continue",
    "exited": "status-word",
}
"""The lesson about a call that failed, about a signal, or about a kind of status."""

_RUNNER = {
    125: "it failed itself",
    126: "it could not execute the command",
    127: "it did not find the command",
}
_MATCH = {1: "no line matched", 2: "it could not read a file, or a pattern or an option is wrong"}
_DIFFER = {1: "the files differ", 2: "it could not compare the files, or an option is wrong"}
_FALSE = {1: "the condition is false", 2: "the expression is wrong"}
_SHELL = {
    2: "an error of the shell itself: a syntax error, or a script that it cannot read",
    126: "a command was found, but not executed",
    127: "a command, or its script, was not found",
}
_COMPILER = {1: "the source has an error, or a file is missing"}

STATUSES: dict[str, dict[int, str]] = {
    **dict.fromkeys(("grep", "egrep", "fgrep"), _MATCH),
    **dict.fromkeys(("diff", "cmp"), _DIFFER),
    **dict.fromkeys(("test", "["), _FALSE),
    **dict.fromkeys(("sh", "bash", "dash"), _SHELL),
    **dict.fromkeys(("cc", "gcc", "g++", "clang"), _COMPILER),
    **dict.fromkeys(("env", "nice", "nohup"), _RUNNER),
    "timeout": {**_RUNNER, 124: "the time was over, and it ended the command"},
    "python3": {1: "an exception ended the program", 2: "an option is wrong, or it cannot read the "
        "script"},
    "make": {2: "it met an error, such as a failing command of a recipe, or no rule for a target"},
    "ssh": {255: "it met an error itself, such as no connection"},
    "ls": {1: "a part could not be read", 2: "an operand was not found, or an option is wrong"},
    "git": {128: "it met a fatal error", 129: "its usage is wrong"},
    "false": {1: "it always does"},
    "read": {1: "the input ended before the end of a line"},
    "wait": {127: "no such process is a child of this shell"},
}  # fmt: skip
"""What the manual page of a program, or of a built-in, says about its exit statuses."""
TESTS = ("[[ ]]", "(( ))")
ANSWERS = frozenset(("grep", "egrep", "fgrep", "diff", "cmp", "test", "[", "false"))
"""Programs whose status 1 is an answer, and no failure."""
PASSING_ON = frozenset(("env", "nice", "nohup", "timeout", "ssh"))
"""Programs that run a command and exit with its status, which may be any number."""
