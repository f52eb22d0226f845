"""The role of a command in its line: why it runs, and which construct uses its status."""

from __future__ import annotations

Role = tuple[str, "Role | None"]
"""A kind, one of those below, and the role of the construct around it."""
IF, WHILE, AND, OR, NOT = "if", "while", "&&", "||", "!"
SUBSTITUTION, ASSIGNMENT, PROCESS = "$( )", "x=", "<( )"
SUBSHELL, BACKGROUND, TRAP, FUNCTION = "( )", "&", "trap", "function"
PIPELINE = "|"
EARLIER = "earlier"
"""An earlier line started the process."""
