"""Plans each process of a pipeline as a program, or as a copy of the shell.

A stage is planned as a program if its words can be expanded here without side effects. Otherwise it
is a copy of the shell with a `body`: built-ins, subshells, groups, and words with a command
substitution, which must run with the descriptors of the stage. Planning runs nothing; `explain`
uses the same functions.
"""

from __future__ import annotations

import os

from simpsh.base.errors import RedirectionProblem, SimpshError
from simpsh.base.phrases import named
from simpsh.base.record import changed
from simpsh.kernel.descriptors import OWN_LOWEST, is_close_on_exec
from simpsh.kernel.program_execution import find_program
from simpsh.shell.builtins.builtin_registry import UTILITIES, is_builtin
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.language.characters import MAX_DESCRIPTOR_DIGITS, is_number
from simpsh.shell.language.word_expansion import fields, needs_substitution, single
from simpsh.shell.plan.job_plan import CloseDescriptor, Duplicate, HereText, OpenFile, ProcessPlan
from simpsh.shell.subshell_trial import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.shell.language.syntax_tree import Assignment, ProcessSubstitution, Redirection
    from simpsh.shell.plan.job_plan import Action
    from simpsh.shell.state import Options, SavedVariables, State

Body = nodes.List | nodes.AndOr | nodes.Command | SimpshError
"""The body of a copy of the shell; the copy reports a SimpshError."""


_FLAGS = {
    "<": os.O_RDONLY,
    ">": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    ">|": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    ">>": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
    "<>": os.O_RDWR | os.O_CREAT,
}
HIGHEST_NAMED = 63
"""The descriptor of the first process substitution of a command, as in bash."""
_MOST_CHARACTERS = 30_000
"""The kernel accepts at least so many in the words of a program, see execve(2)."""


class _OwnFiles(SimpshError):
    """The words of a stage depend on the files that only its own process finds."""


class ShellScope:
    """The interface of the shell for word expansion."""

    def __init__(
        self,
        state: State,
        substitute: Callable[[nodes.List], str],
        process_substitution: Callable[[ProcessSubstitution], str],
    ) -> None:
        self._state = state
        self.process_substitution = process_substitution
        self.parameter = state.parameter
        self.assign = state.assign
        self.home = state.home
        self.plans = False
        """Whether the words of another process are expanded."""
        self.substitute = substitute

    @property
    def positional(self) -> Sequence[str]:
        """The positional parameters, `$1` first."""
        return self._state.positional

    @property
    def is_nounset(self) -> bool:
        """Whether an unset parameter is an error: `set -u`."""
        return self._state.options.nounset

    @property
    def is_typed(self) -> bool:
        """Whether typed constructs such as `++` are accepted."""
        return self._state.is_typed

    @property
    def is_noglob(self) -> bool:
        """Whether pathname expansion is off: `set -f`."""
        return self._state.options.noglob

    def before_listing(self, pattern: str) -> None:
        """End a trial, or a plan, if the names may depend on the process that reads the directory.

        /proc/self and /dev/fd do, and so does a link to them. The working directory does not.
        """
        if self._state.trial is not None:
            raise Refused
        if self.plans and "/" in pattern:
            raise _OwnFiles


def flags_of(operator: str, path: str, options: Options) -> int:
    """Return the flags with which a redirection opens a file."""
    flags = _FLAGS[operator]
    # `set -C` does not protect devices.
    is_protected = operator == ">" and options.noclobber
    if is_protected and (os.path.isfile(path) or not os.path.exists(path)):
        return (flags & ~os.O_TRUNC) | os.O_EXCL
    return flags


class StagePlanner:
    """Makes process plans for one shell."""

    def __init__(
        self, state: State, scope: ShellScope, in_copy: Callable[[Body], Callable[[], int]]
    ) -> None:
        self._state = state
        self._scope = scope
        self._in_copy = in_copy
        """Returns the function that a copy of the shell calls to run a body."""

    def actions(self, redirections: Sequence[Redirection]) -> tuple[Action, ...]:
        """Expand the words of redirections and return an action for each, in order.

        Raises RedirectionProblem: a descriptor is not a number, or the shell itself uses it.
        ExpansionProblem: a word cannot be expanded.
        """
        actions: list[Action] = []
        for redirection in redirections:
            descriptor = descriptor_of(redirection)
            match redirection:
                case nodes.HereDocument(_, body):
                    text = single(body, self._scope)
                    action: Action = HereText(descriptor, os.fsencode(text))
                case nodes.HereString(word):
                    text = single(word, self._scope)
                    action = HereText(descriptor, os.fsencode(text) + b"\n")
                case nodes.FileRedirection(operator, target):
                    name = single(target, self._scope)
                    if operator[1:] != "&":
                        flags = flags_of(operator, name, self._state.options)
                        action = OpenFile(descriptor, name, flags)
                    elif name == "-":
                        action = CloseDescriptor(descriptor)
                    elif is_number(name) and len(name) <= MAX_DESCRIPTOR_DIGITS:
                        action = Duplicate(descriptor, int(name))
                    else:
                        why = f"after {operator} comes the number of a descriptor, or -"
                        instead = f"; both outputs go to a file by '>{named(name)} 2>&1'"
                        why += instead if operator == ">&" and name.strip("0123456789") else ""
                        raise RedirectionProblem(f"{named(name)}: {why}")
            if descriptor < OWN_LOWEST or not is_close_on_exec(descriptor):
                actions.append(action)
            elif not isinstance(action, CloseDescriptor):
                problem = "simpsh itself uses this descriptor; take another one"
                raise RedirectionProblem(f"{descriptor}: {problem}")
        return tuple(actions)

    def of(self, command: nodes.Command) -> ProcessPlan:
        """Plan one command as a separate process."""
        match command:
            case nodes.SimpleCommand():
                return self._of_simple(command)
            case nodes.FunctionDefinition():
                return self._copy(command, command)
            case nodes.Subshell(inside) | nodes.Group(inside):
                # The copy is the subshell.
                body: Body = inside
                unexpanded: Body = nodes.Group(inside, command.redirections, command.line)
            case (
                nodes.If() | nodes.Loop() | nodes.For() | nodes.Case() | nodes.Condition()
                | nodes.ArithmeticCommand() | nodes.ArithmeticFor()
            ):  # fmt: skip
                body = changed(command, redirections=()) if command.redirections else command
                unexpanded = command
        looks_at_file = self._state.options.noclobber and command.redirections
        if looks_at_file or any(map(needs_substitution, command.redirections)):
            return self._copy(unexpanded, command)
        try:
            actions = self.actions(command.redirections)
        except SimpshError as problem:
            return self._copy(problem, command)
        return self._copy(body, command, actions)

    def _of_simple(self, command: nodes.SimpleCommand) -> ProcessPlan:
        options = self._state.options
        # An expansion that prints a trace, or may fail, must run in the stage's own process, and so
        # must `set -C`, which looks at the file: `>/dev/stdout`.
        looks_at_file = options.noclobber and command.redirections
        if options.nounset or options.xtrace or looks_at_file or needs_substitution(command):
            return self._copy(command, command)
        self._state.at_line(command.line)
        self._scope.plans = True
        try:
            words = fields(command.words, self._scope)
            if not words or words[0] in self._state.functions or self.runs_inside(words):
                return self._copy(command, command)
            actions = self.actions(command.redirections)
            assignments = self.assigned(command.assignments)
        except _OwnFiles:
            return self._copy(command, command)
        except SimpshError as problem:
            return self._copy(problem, command)
        finally:
            self._scope.plans = False
        return ProcessPlan(tuple(words), assignments, actions, command)

    def runs_inside(self, words: Sequence[str]) -> bool:
        """Return whether a command runs as a built-in, rather than as a program."""
        state = self._state
        if words[0] not in UTILITIES or not state.shows_utilities:
            return is_builtin(words[0], state)
        is_long = sum(map(len, words)) > _MOST_CHARACTERS
        return is_long or find_program(words[0], state.variables.get("PATH", "")) is None

    def _copy(
        self,
        body: Body,
        text: nodes.Command | nodes.AndOr | nodes.List,
        actions: tuple[Action, ...] = (),
    ) -> ProcessPlan:
        if isinstance(body, nodes.List):
            body = nodes.sole_command(body) or body
        return ProcessPlan((), (), actions, text, self._in_copy(body))

    def assigned(self, assignments: Sequence[Assignment]) -> tuple[tuple[str, str], ...]:
        """Expand a command's assignments; each sees the effect of the previous ones."""
        if not assignments:
            return ()
        saved: SavedVariables = {}
        position = self._state.getopts_position
        try:
            return self.assign_temporarily(assignments, saved)
        finally:
            self._state.restore(saved)
            self._state.getopts_position = position

    def assign_temporarily(
        self, assignments: Sequence[Assignment], saved: SavedVariables
    ) -> tuple[tuple[str, str], ...]:
        """Assign and export variables for one command; add their old values to `saved`."""
        state = self._state
        pairs: list[tuple[str, str]] = []
        for assignment in assignments:
            name, value = assignment.name, single(assignment.value, self._scope)
            # A variable that the expansion itself assigns, `${x:=w}`, keeps its new value.
            for each, given in dict(pairs).items():
                if (now := state.variables.get(each)) != given:
                    saved[each] = now, *saved[each][1:]
            state.save(name, saved)
            state.assign(name, value)
            state.exported.add(name)
            pairs.append((name, value))
        return tuple(pairs)

    def of_list(self, tree: nodes.List | nodes.AndOr) -> tuple[ProcessPlan, ...]:
        """Plan the processes of a list: of its only pipeline, or one copy of the shell."""
        return tuple(map(self.of, nodes.plain_commands(tree))) or (self._copy(tree, tree),)

    def of_background(self, tree: nodes.AndOr) -> tuple[ProcessPlan, ...]:
        """Plan the processes of `… &`, which read /dev/null without job control."""
        stages = self.of_list(tree)
        if self._state.options.monitor:
            return stages
        first = stages[0]
        quiet = (OpenFile(0, "/dev/null", 0), *first.actions)
        return (changed(first, actions=quiet), *stages[1:])


def descriptor_of(redirection: Redirection) -> int:
    """Return the descriptor that is redirected."""
    number = redirection.descriptor
    if number is None:
        is_output = (
            isinstance(redirection, nodes.FileRedirection) and redirection.operator[0] == ">"
        )
        return 1 if is_output else 0
    return number
