"""Play sessions: run the commands of scripts in a shell, type lines at a prompt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.harness.process import name_of, session_members, stat_fields
from tests.harness.sh import File, Place, Shell, run_cases
from tests.harness.terminal import Terminal
from tests.spec.session_text import Case, Reader, written

SECONDS = 500.0
"""How long all commands of a file may take on a machine that is busy with other work."""

_LINE_NUMBER = re.compile(r"^(simpsh: (?:\.\./script: )?)line \d+: ", re.MULTILINE)
_PROMPT_AT_THE_END = rb"(?:\A|\n)(?:>>|\.\.) ?\Z"


def run_commands(
    cases: Sequence[Case],
    shell: Shell,
    place: Place,
    *,
    files: Mapping[str, File] | None = None,
    form: str = "-c",
    extra: Mapping[str, str] | None = None,
) -> list[list[str]]:
    """Run all commands in one shell, one after the other; return the answer to each.

    The number of a line of the whole script is left out of its messages.
    """
    scripts = {str(case.line): case.command for case in cases}
    outcomes = run_cases(
        shell, scripts, place, files=files, form=form, extra=extra, seconds=SECONDS
    )
    answers = []
    for outcome in outcomes.values():
        errors = written(_LINE_NUMBER.sub(r"\1", outcome.error))
        status = [f"= {outcome.status}"] if outcome.status else []
        answers.append(
            [*written(outcome.text), *(f"! {line}".rstrip() for line in errors), *status]
        )
    return answers


def type_lines(cases: Sequence[Case], terminal: Terminal) -> list[list[str]]:
    """Type all lines at the prompt of a shell; return the answer to each.

    The terminal must be a dumb one, so that the printed text has no control sequences. Output
    before the first prompt, such as a banner, belongs to no answer. Each output must end with a
    line feed: the prompt is found at the beginning of a line.
    """
    prompt = Reader.PROMPT.value[0]
    end = terminal.wait_raw(_PROMPT_AT_THE_END)
    answers = []
    for case in cases:
        for line in case.command.split("\n"):
            terminal.send(f"{line}\r")
            # The prompt may be painted again before the line is read, after a notice of a job.
            begin = terminal.wait_raw(re.escape(line.encode()) + b"\r\n", after=end)
            end = terminal.wait_raw(_PROMPT_AT_THE_END, after=begin - 1)
        if case.command.endswith(" &"):
            # A person would type the next line only after the job's programs have started.
            terminal.wait_until(lambda: _have_begun(terminal.pid), "a job's program never began")
        shown = bytes(terminal.raw[begin:end]).decode(errors="replace").replace("\r\n", "\n")
        answers.append(written(shown.removesuffix(prompt)))
    return answers


def _have_begun(shell: int) -> bool:
    """Return whether every other process of the shell's session has called exec and sleeps."""
    for pid in session_members(shell, zombies=False):
        fields = stat_fields(pid)
        if pid == shell or fields is None:
            continue
        if fields[0] == "R" or name_of(pid) == name_of(shell):
            return False
    return True
