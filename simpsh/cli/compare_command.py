"""`simpsh compare`: one line in every installed shell, and the rule that decides."""

from __future__ import annotations

import os
from textwrap import wrap

from simpsh import console
from simpsh.base.errors import naming
from simpsh.base.phrases import counted, listed, printable
from simpsh.cli.option_parser import Subcommand, flag, number, option
from simpsh.grade.shells.shell_comparison import (
    SHELLS,
    File,
    Outcome,
    Script,
    Shell,
    differences,
    installed_shells,
    outcomes,
    rules,
)

_MOST_LINES = 12
_SECONDS = 10


class CompareCommand(Subcommand):
    """Run a line in every installed shell."""

    name, usage = "compare", ("[option …] LINE [ARGUMENT …]", "[option …] FILE [ARGUMENT …]")
    about = (
        "Runs a line, or a script, in every installed shell and shows where output, exit status or "
        "files differ. If a section of docs/differences.md covers the difference, it is quoted."
    )
    notes = (
        "Each shell has an empty directory, or a copy of DIR, and a limit on time, memory and "
        "processes. Nothing else can be written, and there is no network.\n"
        "The exit status is 0 if all shells agree, 1 if not."
    )
    operand_counts, missing = (1, None), "the line is missing; put it in quotes"

    only: str = option("--only SHELL,…", "compare these shells only", "")
    folder: str = option("--dir DIR", "each shell works in a copy of DIR", "")
    seconds: int = option(
        "--seconds N", f"how long each shell may take ({_SECONDS})", _SECONDS, number(1, 600)
    )
    is_unconfined: bool = flag("--unconfined", "without namespaces, where there are none")

    def run(self) -> int:
        """Run the line, and report how the shells differ."""
        shells = self._shells()
        is_file = os.path.isfile(self.operand)
        text = _contents(self.operand) if is_file else self.operand
        folder = os.path.abspath(self.folder) if self.folder else ""
        if folder and not os.path.isdir(folder):
            raise self.misuse(f"--dir {self.folder}: there is no such directory")
        script = Script(text, tuple(self.operands[1:]), is_file)
        runs = [(shell, script) for shell in shells]
        confined = not self.is_unconfined
        results = outcomes(runs, self.seconds, folder, is_confined=confined)
        groups = _groups(shells, results)
        for names, outcome in groups:
            console.show_lines([f"{', '.join(names)}:", *_outcome_lines(outcome)])
        missing = [shell.name for shell in SHELLS if shell.name not in {s.name for s in shells}]
        if missing and not self.only:
            console.show_lines([f"not installed here: {', '.join(missing)}"])
        if len(groups) == 1:
            console.show_lines([f"All agree: {counted(len(shells), 'shell')}."])
            return 0
        again = outcomes(runs, self.seconds, folder, is_confined=confined)
        verdict = _verdict(text, shells, results, again)
        console.show_lines(line for each in verdict for line in wrap(each, console.width()))
        return 1

    def _shells(self) -> list[Shell]:
        shells = installed_shells()
        wanted = [name for name in self.only.split(",") if name]
        for name in wanted:
            if name not in {shell.name for shell in shells}:
                known = listed([shell.name for shell in shells])
                raise self.misuse(f"--only {name}: it is not installed; choose from {known}")
        return [shell for shell in shells if not wanted or shell.name in wanted]


def _contents(path: str) -> str:
    with naming(path), open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def _groups(shells: list[Shell], results: list[Outcome]) -> list[tuple[list[str], Outcome]]:
    """Return the shells that agree, with their outcome; the largest group first."""
    groups: list[tuple[list[str], Outcome]] = []
    for shell, outcome in zip(shells, results, strict=True):
        for names, other in groups:
            if not differences(other, outcome):
                names.append(shell.name)
                break
        else:
            groups.append(([shell.name], outcome))
    return sorted(groups, key=lambda group: -len(group[0]))


def _outcome_lines(outcome: Outcome) -> list[str]:
    lines = printable(outcome.text).splitlines()
    shown = lines[:_MOST_LINES]
    if len(lines) > len(shown):
        shown.append(f"… and {counted(len(lines) - len(shown), 'line')} more")
    if outcome.status:
        shown.append(
            f"[exit status {outcome.status}]" if outcome.status > 0 else "[ended: it took too long]"
        )
    if outcome.stderr:
        shown.append(f"[standard error: {printable(outcome.error).splitlines()[0]}]")
    shown += [f"[{_described(name, file)}]" for name, file in outcome.files.items()]
    return [f"    {line}" for line in shown] or ["    (nothing)"]


def _described(name: str, file: File) -> str:
    size = f", {counted(len(file.content), 'byte')}" if file.kind == "file" else ""
    return f"{file.kind} {printable(name)}{size}, mode {file.mode:o}"


def _verdict(
    text: str, shells: list[Shell], results: list[Outcome], again: list[Outcome]
) -> list[str]:
    """Return what differs, which shells change from run to run, and which rules decide."""
    changing = [
        shell.name
        for shell, first, second in zip(shells, results, again, strict=True)
        if differences(first, second)
    ]
    if changing:
        return [f"The outcome changes from run to run in {listed(changing)}: no rule can decide."]
    fields = {
        difference.partition(":")[0]
        for outcome in results
        for difference in differences(results[0], outcome)
    }
    by_name = {shell.name: outcome for shell, outcome in zip(shells, results, strict=True)}
    deciding = [rule for rule in rules() if rule.decides(text, by_name)]
    lines = [f"They differ in {listed(sorted(fields))}."]
    lines += [f"{rule.key}: {rule.text}" for rule in deciding]
    return lines if deciding else [*lines, "No section of docs/differences.md covers this."]
