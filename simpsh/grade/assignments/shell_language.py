"""The language of a shell: the commands for `fg`, `exit` and so on, and its answers."""

from __future__ import annotations

import re
import shutil

from simpsh.base.record import Record

NAMES, FULL = "names", "full"
_COMMAND = re.compile(r"(^\s*|\|\s*)([a-z][a-z-]*)")
_STANDARD = ("cd", "exit", "fg", "bg", "jobs")


class Language(Record):
    """The lines to type, and the texts that the shell prints; the defaults are those of POSIX."""

    prompt: str = ""
    """The shell's prompt; empty if the assignment does not fix it."""
    paths: str = NAMES
    """NAMES if programs are typed as `ls`, FULL if as `/bin/ls`."""
    fg: str = "fg"
    """Continues the only job, which is stopped; `{pid}` is its process id."""
    bg: str = "bg"
    jobs: str = "jobs"
    exit: str = "exit {number}"
    """Ends the shell, with the number as its status if the line has one."""
    status: str = "echo status=$?"
    """Prints how the last command ended."""
    exited: str = "status={code}"
    """The answer to `status` after an exit with `{code}`."""
    killed: str = "status={code}"
    """The answer to `status` after the signal number `{signal}`; `{code}` is 128 more, or the
    number that ksh or yash prints."""
    built_ins: tuple[str, ...] = ()
    """Further built-in commands, which are typed without a path."""

    def is_answer(self, output: str, *, code: int = -1, signal: int = 0) -> bool:
        r"""Return whether the shell's answer to `status` is this exit code or signal.

        >>> Language().is_answer("status=2\n$ ", code=2), Language().is_answer("2\n", code=2)
        (True, False)
        >>> Language(exited="{code}").is_answer("12\n$ ", code=2)
        False
        >>> Language(killed="signal {signal}").is_answer("signal 9.\n", signal=9)
        True
        """
        wanted = [self.exited.replace("{code}", str(code))]
        if signal:
            answer = self.killed.replace("{signal}", str(signal))
            # POSIX requires a status above 128 from which the signal can be derived.
            wanted = [answer.replace("{code}", str(base + signal)) for base in (128, 256, 384)]
        return any(re.search(rf"(?<!\w){re.escape(each)}\.? *\n", output) for each in wanted)

    def spelled(self, keys: str) -> str:
        """Return keys as this shell expects them: with the full paths of programs if needed.

        >>> Language(paths="full").spelled("cd folder"), Language().spelled("ls")
        ('cd folder', 'ls')
        >>> Language(paths="full", exit="quit").spelled("no-such-program-here | quit")
        '/bin/no-such-program-here | quit'
        """
        if self.paths == NAMES:
            return keys
        lines = (self.fg, self.bg, self.jobs, self.exit, self.status)
        names = {*_STANDARD, *self.built_ins, *(line.split()[0] for line in lines if line.split())}
        names.discard("echo")

        def with_path(match: re.Match[str]) -> str:
            name = match[2]
            return match[1] + (name if name in names else shutil.which(name) or f"/bin/{name}")

        return _COMMAND.sub(with_path, keys)
