"""A shell just large enough for the prompt: programs, `&`, a quote that goes on, and `exit`.

Run as a program, it talks with whoever holds the terminal.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys

from simpsh.jobs.job import Job, Process
from simpsh.kernel.waiting import Waited
from simpsh.repl.loop import interact
from simpsh.state import Exit, State
from simpsh.wait_status import decode, shell_status


class SmallShell:
    """What simpsh.repl.contract asks for."""

    def __init__(self) -> None:
        self.state = State(os.environ, is_interactive=True)
        self.was_warned = False
        self.is_interrupted = False

    def run(self, text: str) -> int:
        text = text.strip()
        for line in [text] if "'" in text else text.split("\n"):
            self.state.last_status = self._run_line(line)
        return self.state.last_status

    def _run_line(self, line: str) -> int:
        name, _, value = line.partition("=")
        if name.isidentifier():
            self.state.variables[name] = value
            return 0
        words = shlex.split(line.removesuffix("&"))
        match words:
            case ["exit", *rest]:
                raise Exit(int(rest[0]) if rest else self.state.last_status)
            case ["redirect", path]:
                os.dup2(os.open(path, os.O_RDONLY), 0)
                return 0
            case ["vi"]:
                self.state.options.vi = True
                return 0
            case ["trap", action, name]:
                self.state.traps.set(signal.Signals[f"SIG{name}"], action)
                return 0
        return self._launch(words, line)

    def _launch(self, words: list[str], line: str) -> int:
        pid = os.fork()
        if pid == 0:  # in the child
            _become(words)
        os.setpgid(pid, pid)
        job = Job([Process(pid, line)], pid, line.removesuffix("&").strip())
        self.state.jobs.add(job)
        if line.endswith("&"):
            self.state.jobs.give_number(job)
            print(f"[{job.number}] {pid}", file=sys.stderr)
            return 0
        job.is_foreground = True
        os.tcsetpgrp(2, pid)
        os.kill(pid, signal.SIGCONT)
        while job.state == "Running":
            self._file(os.wait4(-1, os.WUNTRACED | os.WCONTINUED))
        os.tcsetpgrp(2, os.getpgrp())
        job.is_foreground = False
        if job.state == "Ended":
            self.state.jobs.forget(job)
        self.state.last_wait = job.decisive
        return shell_status(job.decisive)

    def _file(self, waited: tuple[int, int, object]) -> None:
        self.state.jobs.record(Waited(waited[0], decode(waited[1]), waited[2]))

    def is_complete(self, text: str) -> bool:
        return text.count("'") % 2 == 0

    def collect(self) -> None:
        while True:
            try:
                waited = os.wait4(-1, os.WUNTRACED | os.WCONTINUED | os.WNOHANG)
            except ChildProcessError:
                return
            if waited[0] == 0:
                return
            self._file(waited)

    def notices(self) -> list[str]:
        return self.state.jobs.notices()

    def run_traps(self) -> None:
        for action in self.state.traps.take_pending():
            self.run(action)

    def may_leave(self) -> list[str]:
        if self.was_warned or not list(self.state.jobs):
            return []
        self.was_warned = True
        return ["simpsh: jobs are left"]

    def leave(self) -> None:
        """Leave no process behind."""
        for job in self.state.jobs:
            os.killpg(job.pgid, signal.SIGKILL)
            os.waitpid(job.pids[0], 0)


def _become(words: list[str]) -> None:
    try:
        os.setpgid(0, 0)
        for number in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvp(words[0], words)
    except OSError as error:
        os.write(2, f"simpsh: {words[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def main() -> int:
    for number in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, lambda *_: None)
    shell = SmallShell()
    try:
        return interact(shell)
    finally:
        shell.leave()


if __name__ == "__main__":
    sys.exit(main())
