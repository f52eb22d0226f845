"""Runs of the small kernel in letters.py, made step by step: something for DPOR to search."""

from __future__ import annotations

from dataclasses import dataclass, field

from simpsh.explore.operations import visible_operations as op
from simpsh.explore.search.state_graph import Ending
from simpsh.explore.search.step_dependency import StepEvent
from tests.explore.oracle.letters import USR1, Process, Program, World

_ECHILD, _EPIPE = -10, -32


@dataclass
class Place:
    """A place on the way of some runs: what can be done there, and where what was done led."""

    world: World
    moves: dict[str, tuple[bytes, World]]
    beyond: dict[str, tuple[StepEvent, bytes, Place]] = field(default_factory=dict)


class LettersRun:
    """One run of a program, as simpsh.explore.search.source_dpor.SteppedRun wants it.

    Runs of one program go the same ways, again and again: `beginning` is where they all begin, and
    keeps what a run has worked out for the next.
    """

    def __init__(self, program: Program, beginning: Place | None = None) -> None:
        self._program = program
        self._signals_matter = bool(set(program.text) & set("GhKk9AZ"))
        self._place = beginning or place(program, program.beginning())
        self._output = b""

    @property
    def _world(self) -> World:
        return self._place.world

    def choices(self) -> list[str]:
        return sorted(self._place.moves)

    def step(self, choice: str) -> StepEvent:
        if choice not in self._place.beyond:
            self._place.beyond[choice] = self._made(choice)
        event, printed, self._place = self._place.beyond[choice]
        self._output += printed
        return event

    def _made(self, choice: str) -> tuple[StepEvent, bytes, Place]:
        name = choice.removesuffix("!")
        me = self._world.get(name)
        printed, after = self._place.moves[choice]
        after = after.tidied()
        left = after.get(name)
        operation = op.Deliver() if choice.endswith("!") else self._operation(me)
        held = _held(me) - (_held(left) if left else frozenset())
        event = StepEvent(
            choice, name, operation, self._result(me, operation, after),
            tuple(p.name for p in after.processes if self._world.get(p.name) is None),
            held, frozenset("./l" for _, end in held if end == "o"), self._signals_matter,
        )  # fmt: skip
        return event, printed, place(self._program, after)

    def waiting(self) -> dict[str, op.Operation]:
        return {me.name: self._operation(me) for me in self._world.processes}

    def ending(self) -> Ending:
        stuck = tuple((me.name, "waits") for me in self._world.processes)
        return Ending(self._output, (), (), stuck)

    def close(self) -> None:
        pass

    def _operation(self, me: Process) -> op.Operation:
        if me.ending is not None:
            return op.Exit(me.ending) if me.has_closed else op.Close("P|1 P|2")
        match self._program.request(me):
            case ("return",):
                return op.Sleep()
            case ("pause",) | ("suspend",):
                return op.Pause()
            case ("new",) | ("remove",):
                return op.Open("./x", op.O_CREAT)
            case ("say", data):
                return op.Write(op.OUT, data)
            case ("wait", target, is_poll):
                return op.Wait(target or op.ANY, int(is_poll))
            case ("write", pipe, data):
                return op.Write(f"P|{pipe + 1}", data)
            case ("read", pipe, size):
                return op.Read(f"P|{pipe + 1}", size)
            case ("close", pipe, _):
                return op.Close(f"P|{pipe + 1}")
            case ("action", number, handler):
                return op.SignalAction(number, op.HANDLER if handler else op.IGNORE)
            case ("kill", target, number):
                return op.Kill(target, number)
            case ("parent",):
                return op.GetParent()
            case ("append",):
                return op.Write("./f", b"z")
            case ("look",):
                return op.Open("./f", 0)
            case ("length",):
                return op.Pread("./f", 5, 0)
            case ("lock", is_shared, _):
                return op.Flock("./l", op.LOCK_SH if is_shared else op.LOCK_EX, str(me.lock))
            case ("unlock",):
                return op.Flock("./l", op.LOCK_UN, str(me.lock))
            case ("exit", code):
                return op.Exiting(code)
            case _:
                return op.SignalAction(USR1, op.DEFAULT)

    def _result(self, me: Process, operation: op.Operation, after: World) -> op.Record:
        match operation:
            case op.Wait():
                gone = self._world.zombies - after.zombies
                if gone:
                    return next(iter(gone))
                return 0 if self._has_child(me, operation.target) else _ECHILD
            case op.Read(name, size) if op.is_pipe(name):
                pipe = int(name[-1]) - 1
                return self._world.pipes[pipe][:size] if (pipe, "r") in me.ends else -9
            case op.Write(name, data) if op.is_pipe(name):
                pipe = int(name[-1]) - 1
                return len(data) if self._world.holds(pipe, "r") else _EPIPE
            case op.Pause():
                return op.INTERRUPTED
            case _:
                return 0

    def _has_child(self, me: Process, target: str) -> bool:
        return any(
            one.parent == me.name and target in (op.ANY, one.name) for one in self._world.processes
        )


def place(program: Program, world: World) -> Place:
    """A place where no run has been yet."""
    moves = {}
    for me in world.processes:
        for is_delivery, printed, after in program.moves(world, me):
            moves.setdefault(me.name + "!" * is_delivery, (printed, after))
    return Place(world, moves)


def _held(me: Process) -> frozenset[tuple[str, str]]:
    return frozenset((f"P|{pipe + 1}", end) for pipe, end in me.ends) | frozenset(
        (lock, "o") for lock in me.locks
    )
