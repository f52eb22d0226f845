"""Behaviours of a shell that has jobs: groups, the terminal, ^C, ^Z, fg, bg."""

from __future__ import annotations

from typing import ClassVar

from simpsh.base.signal_names import SIGINT, SIGKILL, Signal
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.grade.shells.shell_behaviour import (
    Behaviour,
    answers,
    ended_by,
    in_background,
    in_foreground,
    press,
    programs,
)
from simpsh.grade.shells.terminal_session import INTERRUPT, QUIT, STOP, TerminalSession
from simpsh.trace.tracer.traced_command import TERMINAL_SIGNALS


class _Groups(Behaviour):
    id = "groups"
    title = "makes a job a process group that has the terminal"
    checks: ClassVar = {
        "own": ("the job leads a process group of its own", 2),
        "terminal": ("that group has the terminal", 2),
        "signals": ("the program's signals are at their default", 2),
        "back": ("the shell takes the terminal back", 2),
    }
    look_at = "setpgid(2), tcsetpgrp(3), signal(7)"
    lines = ("{sleep}",)

    def play(self, shell: TerminalSession) -> None:
        (pid,) = in_foreground(shell, self.types[0])
        now = shell.look(pid)
        if now is None:
            return
        self.check("own", now.pgid == pid, f"its group is {_whose(shell, now.pgid, pid)}")
        holder = shell.foreground()
        self.check(
            "terminal", holder == now.pgid, f"the terminal belongs to {_whose(shell, holder, pid)}"
        )
        # A shell ignores or blocks these signals; a program must not inherit that.
        withheld = {*now.ignored, *now.blocked}
        ignored = [str(Signal(signal)) for signal in TERMINAL_SIGNALS if signal in withheld]
        self.check("signals", not ignored, f"the program ignores or blocks {', '.join(ignored)}")
        shell.kill(pid, SIGKILL)
        shell.wait_prompt()
        self.pass_("back")


def _whose(shell: TerminalSession, pgid: int, job: int) -> str:
    now = shell.look(shell.pid)
    if now is not None and pgid == now.pgid:
        return "the shell's"
    return "the job's" if pgid == job else f"that of process {pgid}"


class _Interrupt(Behaviour):
    id = "interrupt"
    title = "survives ^C, which ends the job"
    checks: ClassVar = {
        "job": ("SIGINT ends the program in the foreground", 2),
        "shell": ("the shell lives on", 2),
        "prompt": ("^C at the prompt does no harm", 1),
    }
    look_at = "tcsetpgrp(3), sigaction(2)"
    lines = ("{sleep}", INTERRUPT, INTERRUPT, "{sum}")

    def play(self, shell: TerminalSession) -> None:
        (pid,) = in_foreground(shell, self.types[0])
        press(shell, INTERRUPT, (pid,))
        self.check("job", shell.is_dead(pid), "the program continues")
        if not self.check("shell", not shell.is_gone(), "^C ended the shell"):
            return
        shell.wait_prompt()
        shell.type(INTERRUPT)
        # The terminal throws away what is typed too early after it.
        shell.until(shell.is_at_prompt, "after ^C the shell does not wait for its terminal")
        self.check("prompt", answers(shell, self.sums[0]), "after ^C at the prompt nothing runs")

    def judge(self, chronicle: Chronicle) -> None:
        for program in programs(chronicle, "sleep")[:1]:
            good, words = ended_by(program, SIGINT)
            self.check("job", good, f"it was not SIGINT that ended it: {words}")


class _Quit(Behaviour):
    id = "quit"
    title = "survives ^\\, which ends the job"
    checks: ClassVar = {"job": ("SIGQUIT ends the program", 1), "shell": ("the shell lives on", 1)}
    look_at = "tcsetpgrp(3)"
    lines = ("{sleep}", QUIT)

    def play(self, shell: TerminalSession) -> None:
        press(shell, QUIT, in_foreground(shell, self.types[0]))
        if self.check("shell", not shell.is_gone(), "^\\ ended the shell"):
            shell.wait_prompt()
            self.pass_("job")


class _Stop(Behaviour):
    id = "stop"
    title = "continues when ^Z stops the job"
    checks: ClassVar = {
        "stopped": ("the program is stopped", 2),
        "prompt": ("the shell prompts again", 3),
        "goes-on": ("the next command runs", 1),
        "kept": ("the job stays stopped", 1),
    }
    look_at = "waitpid(2) with WUNTRACED"
    lines = ("{sleep}", STOP, "{sum}")

    def play(self, shell: TerminalSession) -> None:
        (pid,) = in_foreground(shell, self.types[0])
        shell.type(STOP)
        shell.until(
            lambda: shell.is_stopped(pid) or shell.is_dead(pid), "^Z does not stop the program"
        )
        self.check("stopped", not shell.is_dead(pid), "it is dead")
        shell.wait_prompt()
        self.pass_("prompt")
        self.check("goes-on", answers(shell, self.sums[0]), "the next command did not run")
        words = "it is dead" if shell.is_dead(pid) else "it continues"
        self.check("kept", shell.state(pid) in ("t", "T"), words)


def _continued(behaviour: Behaviour, shell: TerminalSession) -> int:
    """Stop a job, continue it by the line that is typed third, and return its pid."""
    (pid,) = in_foreground(shell, behaviour.types[0])
    shell.type(STOP)
    shell.until(lambda: shell.is_stopped(pid), "^Z does not stop the program")
    shell.wait_prompt()
    line = behaviour.types[2].replace("{pid}", str(pid))
    shell.type(f"{line}\n")
    shell.until(lambda: shell.state(pid) == "S", f"{line} does not continue the program")
    behaviour.pass_("continues")
    return pid


class _Fg(Behaviour):
    id = "fg"
    title = "brings a stopped job back to the foreground"
    checks: ClassVar = {
        "continues": ("it runs again", 2),
        "terminal": ("it has the terminal", 2),
        "waits": ("the shell waits for it", 1),
        "ends": ("^C ends it and the shell prompts", 1),
    }
    look_at = "kill(2) with SIGCONT, tcsetpgrp(3)"
    lines = ("{sleep}", STOP, "{fg}", INTERRUPT)

    def play(self, shell: TerminalSession) -> None:
        pid = _continued(self, shell)
        shell.until(shell.is_waiting_or_at_prompt, "the shell neither waits nor prompts")
        now = shell.look(pid)
        has_terminal = now is not None and shell.foreground() == now.pgid
        self.check("terminal", has_terminal, "the job has not got the terminal")
        self.check("waits", not shell.is_at_prompt(), "the shell prompts while the job runs")
        shell.type(INTERRUPT)
        shell.until(lambda: shell.is_dead(pid), "^C does not end the job that fg continued")
        shell.wait_prompt()
        self.pass_("ends")


class _Bg(Behaviour):
    id = "bg"
    title = "continues a stopped job in the background"
    checks: ClassVar = {
        "continues": ("it runs again", 2),
        "prompts": ("the shell prompts", 1),
        "terminal": ("it has not got the terminal", 1),
    }
    look_at = "kill(2) with SIGCONT"
    lines = ("{sleep}", STOP, "{bg}")

    def play(self, shell: TerminalSession) -> None:
        pid = _continued(self, shell)
        shell.wait_prompt()
        self.pass_("prompts")
        now = shell.look(pid)
        apart = now is not None and shell.foreground() != now.pgid
        self.check("terminal", apart, "the job has the terminal")


class _Background(Behaviour):
    id = "background"
    title = "starts a job in the background (&)"
    checks: ClassVar = {
        "prompts": ("the shell prompts while it runs", 2),
        "own": ("it is in a group of its own", 1),
        "terminal": ("it has not got the terminal", 1),
        "spared": ("^C at the prompt does not reach it", 1),
    }
    look_at = "setpgid(2)"
    lines = ("{sleep} &", INTERRUPT, "{sum}")

    def play(self, shell: TerminalSession) -> None:
        pid = in_background(shell, self.types[0])
        self.pass_("prompts")
        now = shell.look(pid)
        own = shell.look(shell.pid)
        if now is None or own is None:
            return
        self.check("own", now.pgid != own.pgid, "it is in the shell's group")
        self.check("terminal", shell.foreground() != now.pgid, "it has the terminal")
        shell.type(INTERRUPT)
        shell.until(shell.is_at_prompt, "after ^C the shell does not wait for its terminal")
        shell.run(self.types[-1])
        self.check("spared", not shell.is_dead(pid), "^C at the prompt ended it")


class _OtherChild(Behaviour):
    id = "other-child"
    title = "waits for the child that it means"
    checks: ClassVar = {
        "waits": ("the end of a background job does not end the wait for the foreground", 3)
    }
    look_at = "waitpid(2): which child has it told of?"
    lines = ("{sleep} &", "{sleep}")

    def play(self, shell: TerminalSession) -> None:
        behind = in_background(shell, self.types[0])
        (front,) = set(in_foreground(shell, self.types[1], 2)) - {behind}
        shell.kill(behind, SIGKILL)
        shell.until(lambda: shell.is_dead(behind), "the background job does not end")
        shell.until(shell.is_waiting_or_at_prompt, "the shell neither waits nor prompts")
        self.check(
            "waits",
            not shell.is_at_prompt() and not shell.is_dead(front),
            "it prompts although the program in the foreground still runs",
        )
        shell.kill(front, SIGKILL)
        shell.wait_prompt()


class _Jobs(Behaviour):
    id = "jobs"
    title = "lists its jobs"
    checks: ClassVar = {"names": ("jobs names the job", 1)}
    look_at = "jobs in sh(1)"
    lines = ("{sleep} &", "{jobs}")

    def play(self, shell: TerminalSession) -> None:
        in_background(shell, self.types[0])
        shell.run(self.types[1])
        answer = shell.printed()
        self.check("names", "sleep" in answer, f"{self.types[1]} prints {answer.strip()!r}")


BEHAVIOURS = (_Groups, _Interrupt, _Quit, _Stop, _Fg, _Bg, _Background, _OtherChild, _Jobs)
