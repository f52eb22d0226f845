"""A daemon with its own session and directory /, a locked pid file, and a start that waits."""

from __future__ import annotations

from simpsh.grade.exercises import Asked, Exercise, Trial, no_cause

_PID_FILE = "daemon.pid"
_UMASK = 0o027

# The program inherits a descriptor that it does not need.
_WITH_A_DESCRIPTOR = ("/bin/sh", "-c", 'exec 7>>other-file; exec "$@"', "sh")
_TWICE = ("/bin/sh", "-c", '"$@" || exit 9; "$@"; exit $?', "sh")
_REMAINS = (
    ("P0.ends", "your program itself never ended"),
    ("survivors", "no process remained; the last one: {ending(processes[-1])}"),
    ("len(survivors) == 1", "{len(survivors)} processes remained"),
)
_BOTH = (("P2.born", "the first start had failed, so there was no second one"),)

_START = Trial(
    arguments=(_PID_FILE,),
    within=_WITH_A_DESCRIPTOR,
    files={_PID_FILE: "4194303 from before the crash\n"},
    terminal=True,
    watches=("flock", "fcntl", "rt_sigtimedwait"),
    asks=(
        Asked(
            "lives",
            "one process remains; your program has ended, with status 0",
            [*_REMAINS, ("P0.status == 0", "{ending(P0)}")],
            points=2,
            look_at="fork(2), pause(2)",
        ),
        Asked(
            "session",
            "it has no terminal, and leads no session, so that it never gets one",
            [
                *_REMAINS,
                (
                    "survivor.session != survivor.pid",
                    "{survivor.name} leads its session: the first terminal that it opens controls "
                    "it",
                ),
                (
                    "not survivor.terminal",
                    "{survivor.name} is in the session of its caller, whose terminal it has",
                ),
                (
                    "any(p.pid == survivor.session for p in processes)",
                    "{survivor.name} is in a session that no process of yours began",
                ),
            ],
            points=2,
            look_at="setsid(2), and a second fork",
        ),
        Asked(
            "directory",
            "it is at /",
            [
                *_REMAINS,
                (
                    "survivor.cwd == '/'",
                    "{survivor.name} is in {survivor.cwd}, and keeps it from being unmounted",
                ),
            ],
            look_at="chdir(2)",
        ),
        Asked(
            "mask",
            f"its file mode creation mask is {_UMASK:03o}",
            [
                *_REMAINS,
                (
                    f"survivor.umask == {_UMASK}",
                    "{survivor.name}'s mask is {'%03o' % survivor.umask}, as inherited or set",
                ),
            ],
            look_at="umask(2)",
        ),
        Asked(
            "null",
            "its 0, 1 and 2 are /dev/null, for reading and writing",
            [
                *_REMAINS,
                (
                    "all(n in survivor.descriptors for n in (0, 1, 2))",
                    "{survivor.name} has only the descriptors {survivor.descriptors}: the next "
                    "file that it opens gets the lowest number that is free",
                ),
                (
                    "all(survivor.fd(n).target == '/dev/null' for n in (0, 1, 2))",
                    "{survivor.name}'s descriptors 0, 1 and 2 lead to "
                    "{', '.join(survivor.fd(n).target for n in (0, 1, 2))}",
                ),
                (
                    "all(survivor.fd(n).access == 'both' for n in (0, 1, 2))",
                    "{survivor.name}'s descriptors 0, 1 and 2 are open to "
                    "{', '.join(survivor.fd(n).access for n in (0, 1, 2))}",
                ),
            ],
            points=2,
            look_at="open(2): O_RDWR; dup2(2)",
        ),
        Asked(
            "descriptors",
            "besides the pid file it has nothing else open, whatever descriptors your program "
            "inherited",
            [
                *_REMAINS,
                (
                    "all(n < 3 or survivor.fd(n).target.endswith('/daemon.pid') "
                    "for n in survivor.descriptors)",
                    "{survivor.name} has further descriptors open: "
                    "{', '.join(survivor.fd(n).target for n in survivor.descriptors if n > 2)}",
                ),
            ],
            points=2,
            look_at="close_range(2); /proc/self/fd",
        ),
        Asked(
            "pid_file",
            "the pid file contains its pid and a newline, and nothing of its old contents",
            [
                *_REMAINS,
                (
                    "file('daemon.pid') == '%d\\n' % survivor.pid",
                    "the pid file contains {repr(file('daemon.pid'))}; the daemon's pid is "
                    "{survivor.pid}",
                ),
            ],
            points=2,
            look_at="ftruncate(2); a relative path and chdir",
        ),
        Asked(
            "locked",
            "the pid file is locked as long as the daemon lives",
            [
                *_REMAINS,
                (
                    "any(survivor.fd(n).target.endswith('/daemon.pid') for n in "
                    "survivor.descriptors)",
                    "{survivor.name} has not kept daemon.pid open: a lock ends with its descriptor",
                ),
                (
                    "is_locked",
                    "no process locked daemon.pid: a pid in a file may be another process's by now",
                ),
            ],
            points=2,
            look_at="flock(2): LOCK_EX | LOCK_NB",
        ),
        Asked(
            "ready",
            "your program ends when the daemon is ready, and not before",
            [
                *_REMAINS,
                (
                    "saves(str(survivor.pid)) and P0.ends",
                    "no process wrote the daemon's pid to a file",
                ),
                (
                    "before(saves(str(survivor.pid))[-1:], P0.ends)",
                    no_cause("made your program wait until the daemon had written its pid")
                    + ". Without a wait it reports a success that may never happen",
                ),
            ],
            points=3,
            look_at="pipe(2): the daemon writes when it is ready, or ends, and the pipe with it",
        ),
    ),
)

_SECOND_START = Trial(
    arguments=(_PID_FILE,),
    within=_TWICE,
    asks=(
        Asked(
            "refused",
            "while it runs, a second start ends with status 1 and one line on standard error",
            [
                *_BOTH,
                (
                    "P2.status != 0",
                    "the second start ended with status 0, although a daemon was running",
                ),
                ("P2.status == 1", "the second start: {ending(P2)}"),
                ("len(output.strip().splitlines()) == 1", "the two starts printed {repr(output)}"),
                ("not uses_stdout", "the line went to standard output, not to standard error"),
            ],
            points=2,
            look_at="flock(2): LOCK_EX | LOCK_NB",
        ),
        Asked(
            "one",
            "one daemon remains: the first",
            [
                *_BOTH,
                (
                    "survivor.name.startswith('P1.')",
                    "after two starts these processes remained: {[p.name for p in survivors]}",
                ),
            ],
            points=2,
            look_at="flock(2): the lock lives as long as a descriptor of that open file",
        ),
        Asked(
            "untouched",
            "and the pid file is as the first one wrote it",
            [
                *_BOTH,
                ("survivor.name.startswith('P1.')", "after two starts the first did not remain"),
                (
                    "file('daemon.pid') == '%d\\n' % survivor.pid",
                    "after the second start daemon.pid contained {repr(file('daemon.pid'))}; the "
                    "daemon's pid is {survivor.pid}",
                ),
            ],
            points=2,
            look_at="open(2): O_TRUNC comes too early",
        ),
    ),
)


EXERCISE = Exercise(
    id="daemon",
    title="A daemon with a pid file, a lock and readiness",
    minutes=90,
    trials=(_START, _SECOND_START),
    hints=(
        "The order: pipe, fork, setsid, fork, chdir, umask, pid file, descriptors. Last, the "
        "daemon writes a word to the pipe.",
        "A relative path means something else after chdir. Make it absolute, or open the file "
        "before.",
        "Open the pid file without truncating it, take the lock (flock, LOCK_EX | LOCK_NB), and "
        "only then truncate and write. Keep the descriptor open as long as the daemon lives.",
        "Your program reads from the pipe. The word: the daemon is ready. End of file: the "
        "daemon has ended before that. So no other process may keep the write end.",
        "Close everything above 2 except the pid file, and at the very end the pipe. It is "
        "easier if you first move what you keep to known numbers: dup2(file, 3), "
        "close_range(4, …).",
    ),
)
