"""Give simpsh one input after another, each in its own process, and report the outcomes.

    python -m tests.shell.survivor FORM ENGINE FOLDER <cases

Every case on standard input is a line of hexadecimal digits. Starting an interpreter for each
would take most of the time, so one process with everything imported forks for each case, and the
child calls simpsh's `main`. The output has a line of JSON for each case: the wait status word,
whether the child had to be killed, and its standard error.
"""

import json
import os
import select
import shutil
import signal
import sys

import simpsh.__main__
import simpsh.cli.command_line
import simpsh.cli.session
import simpsh.shell.jobs.fork_engine
from tests.harness.process import become_subreaper, descendants_in_session, kill_and_collect

DEADLINE_MILLISECONDS = 60_000


def play(case: bytes, form: str, engine: str, folder: str) -> tuple[int, bool, str]:
    """Run one case and return its status word, whether it hung, and its standard error."""
    work, errors = f"{folder}/work", f"{folder}/stderr"
    shutil.rmtree(work, ignore_errors=True)
    os.mkdir(work)
    simpsh.cli.session.SPAWN = engine
    argv = ["simpsh"]
    if form == "-c":
        argv += ["-c", os.fsdecode(case)]
    elif form == "file":
        argv += [f"{folder}/script"]
        with open(f"{folder}/script", "wb") as file:
            file.write(case)
    with open(f"{folder}/input", "wb") as file:
        file.write(case if form == "stdin" else b"input\n")
    pid = os.fork()
    if pid == 0:
        try:
            become(argv, folder, work, errors)
        finally:
            os._exit(98)
    watched = select.poll()
    pidfd = os.pidfd_open(pid)
    watched.register(pidfd, select.POLLIN)
    hangs = not watched.poll(DEADLINE_MILLISECONDS)
    if hangs:
        os.kill(pid, signal.SIGKILL)
    _, word = os.waitpid(pid, 0)
    os.close(pidfd)
    kill_and_collect(lambda: descendants_in_session(pid))
    with open(errors, "rb") as file:
        return word, hangs, file.read(60_000).decode(errors="backslashreplace")


def become(argv: list[str], folder: str, work: str, errors: str) -> None:
    """In the child: run like a freshly started simpsh."""
    os.setsid()
    os.chdir(work)
    for number, path, flags in (
        (0, f"{folder}/input", os.O_RDONLY),
        (1, "/dev/null", os.O_WRONLY),
        (2, errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND),
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    # No program can be found, so nothing happens outside, whatever the bytes mean.
    os.environ.update(PATH=f"{folder}/no_programs", HOME=work, LC_ALL="C.UTF-8", TMPDIR=work)
    sys.argv = argv
    try:
        simpsh.__main__.main()
    except SystemExit as leaving:
        os._exit(leaving.code if isinstance(leaving.code, int) else 97)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(96)


def main() -> None:
    form, engine, folder = sys.argv[1:4]
    become_subreaper()
    for line in sys.stdin:
        answer = play(bytes.fromhex(line), form, engine, folder)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
