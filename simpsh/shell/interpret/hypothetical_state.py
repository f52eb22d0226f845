"""The shell as it would be later in a line: a copy that is asked and changed, and runs nothing.

What cannot be known yet – a substitution's text, what `read` will read – is stood in for by a
short text of control characters, which expansion carries along like any other.
"""

from __future__ import annotations

import copy
import os

from simpsh.shell.interpret.stage_planner import ShellScope
from simpsh.shell.language.characters import is_name
from simpsh.shell.language.syntax_tree import Arithmetic, CommandSubstitution, List
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.shell.language.word_expansion import Expansion
    from simpsh.shell.state import SavedVariables

_BEFORE, _AFTER = "\x01", "\x02"
_KNOWN_FOR_EVER = ("$", "0", "PPID", "IFS", "-")


class Unknowns:
    """What is not known yet, and what stands in for it."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def stand_in(self, text: str) -> str:
        """Return what stands in for something that is written like this."""
        if text not in self._texts:
            self._texts.append(text)
        return f"{_BEFORE}{self._texts.index(text)}{_AFTER}"

    def shown(self, text: str) -> str:
        """Put back, for people, what is written where a stand-in is."""
        for index, written in enumerate(self._texts):
            text = text.replace(f"{_BEFORE}{index}{_AFTER}", written)
        return text

    def is_in(self, text: str) -> bool:
        """Return whether a part of the text is not known yet."""
        return self.shown(text) != text


class HypotheticalState(State):
    """A shell's state, copied: what a line would do to it is done to the copy."""

    def __init__(self, state: State) -> None:
        self.__dict__.update(state.__dict__)
        self.variables = dict(state.variables)
        self.exported = set(state.exported)
        self.readonly = set(state.readonly)
        self.positional = list(state.positional)
        self.functions = dict(state.functions)
        self.options = copy.copy(state.options)
        before = state if isinstance(state, HypotheticalState) else None
        self.unknowns: Unknowns = Unknowns() if before is None else before.unknowns
        self.forgotten: set[str] = set() if before is None else set(before.forgotten)
        """Special parameters that will have changed."""
        self.is_forgotten: bool = before is not None and before.is_forgotten
        """Whether nothing is known any more, after commands whose effects cannot be foreseen."""
        self.has_moved: bool = before is not None and before.has_moved
        """Whether the working directory will be another one."""
        self.substituted: list[List] = []
        """The command substitutions that expansion has met since it was last emptied."""
        self.local_values: list[SavedVariables] = (
            [] if before is None else [dict(saved) for saved in before.local_values]
        )
        """For each function that is told of, what its local variables are outside of it."""
        self.touched: set[str] = set()
        """The variables that were given a value, or lost theirs, since this copy was made."""

    def become(self, other: HypotheticalState) -> None:
        """Be as another copy is; that one stays apart."""
        touched = self.touched | other.touched
        self.__dict__.update(HypotheticalState(other).__dict__)
        self.touched = touched

    def assign(self, name: str, value: str) -> None:
        """Set a variable; raise as State.assign()."""
        self.touched.add(name)
        super().assign(name, value)

    def unset(self, name: str) -> None:
        """Remove a variable; raise as State.unset()."""
        self.touched.add(name)
        super().unset(name)

    def parameter(self, name: str) -> str | None:
        """Return what `$name` would be, or what stands in for it."""
        is_lost = self.is_forgotten and name not in _KNOWN_FOR_EVER
        if is_lost or name in self.forgotten:
            return self.unknowns.stand_in(f"${name}")
        return super().parameter(name)

    def substitute(self, tree: List) -> str:
        """Note a command substitution, and return what stands in for its text."""
        self.substituted.append(tree)
        return self.unknowns.stand_in(to_text(CommandSubstitution(tree)))

    def taken_substitutions(self) -> Sequence[List]:
        """Return the substitutions noted since this was last asked."""
        found, self.substituted = self.substituted, []
        return found

    def forget(self, name: str) -> None:
        """Let a variable have a value that is not known yet."""
        self.touched.add(name)
        self.variables[name] = self.unknowns.stand_in(f"${name}")

    def forget_differences(self, before: HypotheticalState) -> None:
        """Forget what is not as it was `before`: it may have changed, or not."""
        for name in self.variables.keys() | before.variables.keys():
            if self.variables.get(name) != before.variables.get(name):
                self.forget(name)
        if self.positional != before.positional:
            self.forget_positional()
        self.forgotten |= before.forgotten
        self.is_forgotten |= before.is_forgotten
        self.has_moved |= before.has_moved
        if self.functions != before.functions:
            kept = before.functions.items()
            self.functions = {name: body for name, body in kept if self.functions.get(name) == body}

    def forget_positional(self) -> None:
        """Let the positional parameters be others than those that are known."""
        self.forgotten |= {"#", *map(str, range(1, 10))}
        self.positional = [self.unknowns.stand_in("$@")]


class HypotheticalScope(ShellScope):
    """What expansion may ask of the hypothetical shell."""

    def __init__(self, state: HypotheticalState) -> None:
        super().__init__(state, state.substitute)
        self._hypothetical = state

    def unforeseen(self, part: Expansion, text: str) -> str | None:
        """Return what stands in for an expansion of what is not known yet; None if all is known.

        The variables that an unknown expression sets are forgotten.
        """
        state = self._hypothetical
        names: set[str] = set()
        if isinstance(part, Arithmetic):
            names = {name for name in _names_in(text) if name in state.variables or "=" in text}
        values = [state.parameter(name) or "" for name in names]
        if not any(map(state.unknowns.is_in, (text, *values))):
            return None
        for name in names if "=" in text else ():
            state.forget(name)
        return state.unknowns.stand_in(to_text(part))

    def entries(self, directory: str) -> Sequence[str]:  # type: ignore[override]
        """Return the names in a directory; none where it is not known which one that is."""
        if self._hypothetical.has_moved and not directory.startswith("/"):
            return ()
        return ShellScope.entries(directory)

    def exists(self, path: str) -> bool:  # type: ignore[override]
        """Return whether there is such a file; not where its directory is not known."""
        if self._hypothetical.has_moved and not path.startswith("/"):
            return False
        return os.path.lexists(path)


def _names_in(text: str) -> set[str]:
    """Return the names that stand in an arithmetic expression."""
    words = "".join([char if char.isalnum() or char == "_" else " " for char in text]).split()
    return set(filter(is_name, words))
