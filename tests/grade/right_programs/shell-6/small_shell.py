# right: a shell in Python with subprocess and readline
"""A small shell with job control, built on Python's subprocess, readline and signal handlers.

subprocess makes children with vfork and waits for a pipe that exec closes; readline edits the line;
signals are handled, not ignored, so that exec resets them.
"""

from __future__ import annotations

import contextlib
import os
import re
import readline  # noqa: F401 - input() uses it for line editing
import shlex
import signal
import subprocess
import sys


class Job:
    """A pipeline that was started."""

    def __init__(self, text: str, processes: list[subprocess.Popen[bytes]]) -> None:
        self.text = text
        self.group = processes[0].pid
        self.left = {one.pid for one in processes}
        self.last = processes[-1].pid
        for one in processes:
            one.returncode = 0  # Popen must not wait for it


jobs: list[Job] = []
status = 0


def give_terminal(group: int) -> None:
    """Make a group the foreground group, even if the shell is in the background."""
    old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    try:
        os.tcsetpgrp(0, group)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


def wait_for(job: Job) -> None:
    """Wait until a job has ended or is stopped."""
    global status
    give_terminal(job.group)
    while job.left:
        pid, word = os.waitpid(-job.group, os.WUNTRACED)
        if os.WIFSTOPPED(word):
            print(f"\nstopped: {job.text}")
            break
        job.left.discard(pid)
        if pid == job.last:
            code = os.waitstatus_to_exitcode(word)
            status = 128 - code if code < 0 else code
    give_terminal(os.getpgrp())


def tidy() -> None:
    """Collect background jobs that have ended."""
    for job in jobs[:]:
        with contextlib.suppress(ChildProcessError):
            while job.left and (pid := os.waitpid(-job.group, os.WNOHANG)[0]):
                job.left.discard(pid)
        if not job.left:
            jobs.remove(job)


def redirected(words: list[str], files: dict[int, int], opened: list[int]) -> list[str]:
    """Return the words without redirections, which go into `files` from left to right."""
    kept, rest = [], iter(words)
    for word in rest:
        if word == "2>&1":
            files[2] = files[1]
        elif word in ("<", ">", ">>", "2>"):
            flags = os.O_RDONLY
            if word != "<":
                flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if word == ">>" else os.O_TRUNC)
            number = 0 if word == "<" else 2 if word == "2>" else 1
            files[number] = os.open(next(rest), flags, 0o666)
            opened.append(files[number])
        else:
            kept.append(word)
    return kept


def start(text: str) -> list[subprocess.Popen[bytes]]:
    parts = [shlex.split(part) for part in re.split(r"\|", text)]
    made: list[subprocess.Popen[bytes]] = []
    opened: list[int] = []
    try:
        source = 0
        for place, words in enumerate(parts):
            read_end, files = 0, {0: source, 1: 1, 2: 2}
            if place + 1 < len(parts):
                read_end, files[1] = os.pipe()
                opened += (read_end, files[1])
            argv = [word.replace("$?", str(status)) for word in redirected(words, files, opened)]
            group = made[0].pid if made else 0
            made.append(
                subprocess.Popen(
                    argv, stdin=files[0], stdout=files[1], stderr=files[2], process_group=group
                )
            )
            source = read_end
    finally:
        for number in opened:
            os.close(number)
    return made


def run(line: str) -> None:
    global status
    text = line.rstrip()
    behind = text.endswith("&")
    words = shlex.split(text)
    match words:
        case ["exit", *code]:
            raise SystemExit(int(code[0]) if code else status)
        case ["cd", place]:
            os.chdir(place)
        case ["jobs"]:
            print("\n".join(job.text for job in jobs))
        case ["fg" | "bg" as how]:
            job = jobs[-1]
            if how == "fg":
                give_terminal(job.group)
            os.killpg(job.group, signal.SIGCONT)
            if how == "fg":
                wait_for(job)
        case _:
            job = Job(text, start(text.rstrip("&")))
            jobs.append(job)
            if not behind:
                wait_for(job)


def ask() -> str | None:
    """Return a line; None at end of file."""
    while True:
        try:
            return input("$ ")
        except KeyboardInterrupt:
            print()
        except EOFError:
            return None


def main() -> int:
    global status
    for number in (signal.SIGQUIT, signal.SIGTSTP):
        signal.signal(number, lambda *_: None)
    while (line := ask()) is not None:
        tidy()
        if not line.strip():
            continue
        try:
            run(line)
        except OSError as error:
            print(f"{line.split()[0]}: {error.strerror}", file=sys.stderr)
            status = {FileNotFoundError: 127, PermissionError: 126}.get(type(error), 1)
        except KeyboardInterrupt:
            print()
        tidy()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
