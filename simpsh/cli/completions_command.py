"""`simpsh completions SHELL`: print the script that completes simpsh's arguments in a shell."""

from __future__ import annotations

from importlib.resources import files

from simpsh import console
from simpsh.base.phrases import listed
from simpsh.cli.option_parser import Subcommand

SHELLS = ("bash", "fish", "zsh")


class CompletionsCommand(Subcommand):
    """Print the completion script of a shell."""

    name, usage = "completions", ("SHELL",)
    example = "simpsh completions fish"
    about = "Prints the script that completes simpsh's arguments in bash, fish or zsh."
    notes = "For bash: echo '. <(simpsh completions bash)' >> ~/.bashrc"
    operand_counts, missing = (1, 1), "the shell is missing; try: simpsh completions bash"
    operands_are = ("word",)

    def run(self) -> int:
        """Print the script."""
        [shell] = self.operands
        if shell not in SHELLS:
            raise self.misuse(f"{shell}: there are completions for {listed(SHELLS)}")
        scripts = files("simpsh.cli") / "completions"
        console.show((scripts / f"simpsh.{shell}").read_text(encoding="utf-8"))
        return 0
