"""All orders that the kernel may choose, found by the explorer, and free runs on this machine.

The explorer executes a program built from the demonstration, the parts of the lesson file that it
uses, and a call. The search runs once per source in its own process, because the set of results
never changes. The frequency of outputs in the free runs is shown but never used for a claim: it
varies from minute to minute.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import os
import re
import sys
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import TYPE_CHECKING

from simpsh.base.patience import patience
from simpsh.base.process_names import FIRST, PATTERN, birth_number, birth_path, parent_of
from simpsh.course.claims.demonstration import (
    NO_EDIT,
    C,
    Demonstration,
    Edit,
    Function,
    Listing,
    Shell,
    listing,
)
from simpsh.course.claims.observation import STUCK, SearchResult, SeenOutcome
from simpsh.course.run.demonstration_setup import NotObservable
from simpsh.kernel.program_execution import file_to_execute
from simpsh.process.machine_permits import who_traces_us
from simpsh.process.own_directory import own_directory
from simpsh.trace.tracer.traced_command import NotTraceable

if TYPE_CHECKING:
    from simpsh.explore.control.program_knowledge import SharedKnowledge
    from simpsh.explore.search.exploration import Exploration, ExplorationLimits

_PROGRAM_CHARACTERS = 2048
_BUDGET_SECONDS = 120.0 * patience()
"""Much more than any search of the course needs, so that it suffices on a busy machine."""
_FREE_SECONDS = 10.0 * patience()
_LINE_SECONDS = 2.0
"""The budget for a line, which a student waits for."""
_kept: dict[tuple[object, ...], SearchResult] = {}
_common: list[SharedKnowledge] = []
"""The knowledge about the interpreter that this process's searches share."""


def forget() -> None:
    """Forget the results, so that the next search of each demonstration runs again."""
    _kept.clear()


def search(step: Demonstration, native: int, edit: Edit = NO_EDIT) -> SearchResult:
    """Search all orders of a demonstration and run it freely; results are cached.

    Raises NotObservable if it cannot be traced, WorkerBroken if the search failed, ListingFault if
    the edit does not match.
    """
    listed = listing(step, edit)
    key = (listed.source, native, step.main, step.births)
    if key not in _kept:
        _kept[key] = _search(step, native, listed)
    return _kept[key]


def outcomes_of_line(line: str) -> tuple[list[SeenOutcome], bool]:
    """Return the outcomes of a line in /bin/sh, and whether these are all.

    A sleep orders nothing. Raises NotObservable if it cannot be traced, WorkerBroken if the search
    failed.
    """
    from simpsh.explore.search.exploration import ExplorationLimits

    shell = file_to_execute("sh", os.environ)
    limits = ExplorationLimits(_LINE_SECONDS, natives=0, attacks=0)
    exploration = _explored((shell, "-c", line), limits)
    outcomes = [
        SeenOutcome(
            outcome.text,
            {
                os.path.normpath(name): content.decode(errors="backslashreplace")
                for name, content in outcome.files
            },
            hangs=any(name == FIRST for name, _ in outcome.deadlock),
        )
        for outcome in exploration.outcomes
    ]
    return outcomes, exploration.is_complete and not exploration.is_sample


def _explored(argv: tuple[str, ...], limits: ExplorationLimits) -> Exploration:
    """Explore a command in an empty directory; raises NotObservable."""
    if ours := who_traces_us():
        raise NotObservable(ours)
    from simpsh.explore.control.explored_program import ExploredProgram
    from simpsh.explore.control.program_knowledge import SharedKnowledge
    from simpsh.explore.search.exploration import explore

    if not _common:
        _common.append(SharedKnowledge())
    with own_directory("simpsh-lesson-") as folder:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONHASHSEED": "0"}
        try:
            program = ExploredProgram(argv, argv[0], folder, environment=environment)
            return explore(program, limits, common=_common[0])
        except NotTraceable as error:
            raise NotObservable(str(error)) from None


def _search(step: Demonstration, native: int, listed: Listing) -> SearchResult:
    from simpsh.explore.flags import MIDDLE
    from simpsh.explore.search.exploration import ExplorationLimits

    limits = ExplorationLimits(
        _BUDGET_SECONDS, natives=native, native_seconds=_FREE_SECONDS, attacks=0
    )
    exploration = _explored(_argv_of(step, listed), limits)
    names = _names(exploration, step, listed)
    births = tuple(
        (names[parent_of(path)], f"forks {name}", "")
        for path, name in names.items()
        if parent_of(path) in names
    )
    possible, seen = {}, {}
    times = dict(exploration.seen)
    for outcome in exploration.outcomes:
        story = tuple(
            (
                names.get(act.process, act.process),
                re.sub(rf"\b{PATTERN}\b", lambda path: names.get(path[0], path[0]), act.operation),
                act.printed.decode(errors="backslashreplace"),
            )
            for act in outcome.story
        )
        key = outcome.text + (STUCK if outcome.deadlock else "")
        possible[key] = births + story
        # The count is negative if it is unknown how many of these runs were stuck.
        seen[key] = max(0, times[outcome.output])
    reasons = exploration.reasons
    if isinstance(step.code, FunctionType) and handlers_use_nothing(step.code, listed.source):
        # Such a handler runs between two calls, which no other process and no line can notice.
        named = tuple(flag.clause for flag, _ in exploration.flags if flag.is_a(MIDDLE))
        reasons = tuple(reason for reason in reasons if not reason.startswith(named))
    return SearchResult(
        possible=possible,
        seen=seen,
        native=exploration.natives,
        is_complete=not reasons and not exploration.is_sample,
        flags=reasons,
        names=tuple(names.values()),
    )


def _argv_of(step: Demonstration, listed: Listing) -> tuple[str, ...]:
    """Return the command line that the explorer executes."""
    code = step.code
    if isinstance(code, C):
        from simpsh.course.run.c_compilation import compiled

        return (compiled(listed.source, code.flags),)
    if isinstance(code, Shell):
        program = code.program or (file_to_execute("sh", os.environ), "-c")
        return (file_to_execute(program[0], os.environ), *program[1:], listed.source)
    text = program_text(code, listed.source)  # type: ignore[arg-type]  # no Source: a function
    # Pad all programs to one length: the interpreter's memory is then the same at the start of
    # each, so searches can share knowledge about it.
    return (sys.executable, "-S", "-s", "-P", "-c", text.ljust(_PROGRAM_CHARACTERS))


def _names(exploration: Exploration, step: Demonstration, listed: Listing) -> dict[str, str]:
    """Return the shown names by birth path: P0 is the first, P1.2 its first child's second."""
    paths = {part.process for outcome in exploration.outcomes for part in outcome.story}
    for outcome in exploration.outcomes:
        paths |= {name for name, _ in (*outcome.statuses, *outcome.deadlock)}
    names = {FIRST: step.main}
    chosen = [*dict.fromkeys(listed.fork_names.values()), *step.births]
    # Generation by generation.
    for path in sorted(paths - {FIRST}, key=lambda path: (len(birth_path(path)), birth_path(path))):
        parent = parent_of(path)
        default = f"{names.get(parent, parent)}.{birth_number(path)}"
        names[path] = chosen.pop(0) if chosen else default
    return names


def program_text(function: Function, source: str) -> str:
    """Return a Python program that runs a demonstration."""
    return "\n".join([*statements_used(function, source), source, f"{function.__name__}()"])


def statements_used(function: Function, source: str) -> list[str]:
    """Return the statements of the lesson file that a demonstration uses."""
    module = inspect.getmodule(function)
    file = ast.parse(inspect.getsource(module)) if module is not None else ast.Module([], [])
    own = ast.parse(source)
    defined = {node.name for node in own.body if isinstance(node, ast.FunctionDef)}
    others = [node for node in file.body if getattr(node, "name", "") not in defined]
    return _used(others, own)


def handlers_use_nothing(function: Function, source: str) -> bool:
    """Return whether no helper function uses a variable that another function could change.

    The explorer knows the variables of a Python handler only from the handler's own code.
    """
    beside = []
    known = set(dir(builtins))
    for node in ast.parse(program_text(function, source)).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            known |= {(name.asname or name.name).split(".")[0] for name in node.names}
        elif isinstance(node, ast.FunctionDef) and node.name != function.__name__:
            beside.append(node)
        elif any(isinstance(inner, _FUNCTIONS) for inner in list(ast.walk(node))[1:]):
            return False  # a nested function shares the demonstration's variables

    def uses_nothing(node: ast.FunctionDef) -> bool:
        inside = list(ast.walk(node))[1:]
        own = {inner.arg for inner in inside if isinstance(inner, ast.arg)}
        reaches_out = ast.Global | ast.Nonlocal | _FUNCTIONS
        return _free_names(node) <= known | own and not any(
            isinstance(inner, reaches_out) for inner in inside
        )

    return all(map(uses_nothing, beside))


_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _used(statements: Sequence[ast.stmt], own: ast.Module) -> list[str]:
    """Return the statements that define the names a demonstration uses, in order."""
    wanted, before = _free_names(own) | _attributes(own), set[str]()
    while wanted != before:
        before = set(wanted)
        for node in statements:
            if any(_given(node, wanted)) and not isinstance(node, ast.Import | ast.ImportFrom):
                wanted |= _free_names(node) | _attributes(node)
    return [line for node in statements for line in _given(node, wanted)]


def _given(node: ast.stmt, wanted: set[str]) -> Iterator[str]:
    """Yield the code by which a statement defines any of the wanted names."""
    match node:
        case ast.Import(names):
            some = [name for name in names if (name.asname or name.name.split(".")[0]) in wanted]
            if some:
                yield ast.unparse(ast.Import(some))
        case ast.ImportFrom(module, names, level) if (module or "").split(".")[0] != "simpsh":
            some = [name for name in names if (name.asname or name.name) in wanted]
            if some:
                yield ast.unparse(ast.ImportFrom(module, some, level))
        case ast.FunctionDef(name) | ast.ClassDef(name) if name in wanted:
            yield ast.unparse(node)
        case ast.AnnAssign(ast.Name(name)) if name in wanted:
            yield ast.unparse(node)
        case ast.Assign(targets) if any(_is_wanted(target, wanted) for target in targets):
            yield ast.unparse(node)


def _is_wanted(target: ast.expr, wanted: set[str]) -> bool:
    """Return whether an assignment defines a wanted name or changes its attribute (`libc.mmap`)."""
    return any(
        (inner.id if isinstance(inner, ast.Name) else ast.unparse(inner.value)) in wanted
        for inner in ast.walk(target)
        if isinstance(inner, ast.Name | ast.Attribute) and isinstance(inner.ctx, ast.Store)
    )


def _attributes(node: ast.AST) -> set[str]:
    """Return the attributes that a piece of code uses, with the names of their objects."""
    return {ast.unparse(inner) for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


def _free_names(node: ast.AST) -> set[str]:
    """Return the names that a piece of code uses but does not define."""
    names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    used = {name.id for name in names if isinstance(name.ctx, ast.Load)}
    return used - {name.id for name in names if isinstance(name.ctx, ast.Store)}
