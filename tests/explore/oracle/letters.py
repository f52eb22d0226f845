"""The language of letters.c, and all outputs that its programs can have, computed from POSIX alone.

A second opinion, which shares no code with simpsh.explore. A program is a string, and each letter
is an operation; `outputs` follows all orders of all processes on a small kernel written from the
manual pages. Three of its rules are more complicated than expected:

* an end has two steps: descriptors are closed first, then parent and children notice;
* a signal arrives before the next operation of its target, or right after it: an operation that was
  under way when the signal was sent is finished first, also under SIGKILL;
* a process with a single pending signal that ends it drops later signals.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

USR1, KILL, PIPE, CHLD = 10, 9, 13, 17
IGNORED_BY_DEFAULT = {CHLD}
STUCK = b" [deadlock]"
ENDS = frozenset((pipe, end) for pipe in (0, 1) for end in "rw")

Request = tuple[object, ...]
Letter = Generator[Request, object, None]


@dataclass(frozen=True)
class Frame:
    """A running handler: its signal, its kind, and the results of its calls."""

    number: int
    handler: str
    results: tuple[object, ...] = ()
    in_suspend: bool = False


@dataclass(frozen=True)
class Process:
    """A process: its position in the text, the results of its current letter, its resources."""

    name: str
    parent: str | None
    at: int
    results: tuple[object, ...] = ()
    frames: tuple[Frame, ...] = ()
    """Running handlers, innermost last."""
    kids: tuple[str, ...] = ()
    born: int = 0
    ends: frozenset[tuple[int, str]] = ENDS
    locks: frozenset[str] = frozenset()
    lock: str | None = None
    reapers: frozenset[int] = frozenset()
    """The caught signals whose handler collects children."""
    caught: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset((PIPE,))
    blocked: frozenset[int] = frozenset()
    pending: frozenset[int] = frozenset()
    lost_to: int = KILL
    """The signal that ends the process if KILL is pending."""
    ending: int | None = None
    """The status word, once the end of the process is certain."""
    has_closed: bool = False
    knows_parent: bool = False

    def mask(self) -> frozenset[int]:
        blocked = self.blocked
        if any(frame.in_suspend for frame in self.frames):
            blocked = frozenset()
        return blocked | {frame.number for frame in self.frames}

    def deliverable(self, in_suspend: bool = False) -> list[int]:
        if in_suspend:
            return sorted(self.pending, key=lambda n: (n != KILL, n))
        return sorted(
            (self.pending - self.mask()) | (self.pending & {KILL}), key=lambda n: (n != KILL, n)
        )


@dataclass(frozen=True)
class World:
    processes: tuple[Process, ...]
    zombies: frozenset[tuple[str, int]] = frozenset()
    pipes: tuple[bytes, bytes] = (b"", b"")
    length: int | None = None
    """The length of the file `f`; None if it does not exist."""
    owner: str | None = None
    """The open description that holds the lock."""
    has_x: bool = False
    """Whether there is a file `x`."""

    def get(self, name: str | None) -> Process | None:
        return next((one for one in self.processes if one.name == name), None)

    def put(self, process: Process) -> World:
        rest = [one for one in self.processes if one.name != process.name]
        return replace(self, processes=tuple(sorted([*rest, process], key=lambda p: p.name)))

    def holds(self, pipe: int, end: str) -> bool:
        return any((pipe, end) in one.ends for one in self.processes)

    def tidied(self) -> World:
        is_held = any(self.owner in one.locks for one in self.processes)
        pipes = tuple(self.pipes[i] if self.holds(i, "r") else b"" for i in (0, 1))
        return replace(self, owner=self.owner if is_held else None, pipes=pipes)


# -- the system calls of each letter ---------------------------------------------------------------


def letter(one: str, me: Process) -> Letter:
    last = me.kids[-1] if me.kids else None
    match one:
        case "(":
            yield ("fork",)
        case ")":
            yield ("exit", len(me.kids) + 1)
        case "w":
            got = yield ("wait", None, False)
            yield ("say", b"-" if not got else b"K" if got[1] & 127 else b"%d" % (got[1] >> 8))
        case "W":
            yield ("wait", None, False)
        case "n":
            got = yield ("wait", None, True)
            yield ("say", b"-" if got is None else b"y" if got else b"n")
        case "s" if last:
            yield ("wait", last, False)
        case ">":
            yield ("write", 0, b"1")
        case "}":
            yield ("write", 1, b"23")
        case "<":
            got = yield ("read", 0, 1)
            yield ("say", got or b"e")
        case "{":
            got = yield ("read", 1, 3)
            yield ("say", (got or b"") + b".")
        case "c" | "d" | "C" | "D":
            yield ("close", int(one in "dD"), "w" if one in "cd" else "r")
        case "g" | "i":
            yield ("action", USR1, one == "g")
        case "G" | "I":
            yield ("action", CHLD, one == "G")
        case "h":
            yield ("action", CHLD, "h")
        case "p":
            yield ("action", PIPE, None)
        case "m" | "M":
            yield ("mask", one == "m")
        case "K" | "9" if last:
            yield ("kill", last, USR1 if one == "K" else KILL)
        case "k" if me.knows_parent:
            if (yield ("parent",)):
                yield ("kill", me.name.rpartition(".")[0], USR1)
        case "q":
            is_there = me.knows_parent and (yield ("parent",))
            yield ("say", b"p" if is_there else b"o")
        case "A":
            yield ("pause",)
        case "Z":
            yield ("suspend",)
        case "f":
            yield ("append",)
        case "r":
            is_there = yield ("look",)
            length = (yield ("length",)) if is_there else 0
            yield ("say", b"%d" % min(length, 5))
        case "l" | "L" | "N":
            yield ("open lock", one == "l")
            got = yield ("lock", one == "N")
            if one == "N":
                yield ("say", b"y" if got else b"n")
        case "u" if me.lock:
            yield ("unlock",)
        case "o":
            is_new = yield ("new",)
            yield ("say", b"1" if is_new else b"0")
        case "x":
            yield ("remove",)
        case "X":
            yield ("exec",)
        case "9" | "K" | "s" | "k" | "u":
            return
        case _:
            yield ("say", one.encode())


def handler(kind: str) -> Letter:
    if kind == "h":
        while (yield ("wait", None, True)):
            yield ("say", b"h")
    else:
        yield ("say", b"H")


class Program:
    """Walks through every order of a program's processes."""

    def __init__(self, text: str, most_states: int = 200_000) -> None:
        self.text = text
        self.most_states = most_states
        self._known: dict[World, frozenset[bytes]] = {}

    def outputs(self) -> frozenset[bytes]:
        """Return every possible output, with STUCK at its end if a process waits for ever.

        Raises:
            OverflowError: there are more states than `most_states`.
        """
        return self._from(self.beginning())

    def beginning(self) -> World:
        return World((self._settle(Process("P", None, 0)),))

    def _from(self, world: World) -> frozenset[bytes]:
        known = self._known.get(world)
        if known is None:
            if len(self._known) >= self.most_states:
                raise OverflowError("too many states")
            found: set[bytes] = set()
            moved = False
            for me in world.processes:
                for _, printed, after in self.moves(world, me):
                    moved = True
                    found |= {printed + rest for rest in self._from(after.tidied())}
            if not moved:
                found = {STUCK if world.processes else b""}
            known = self._known[world] = frozenset(found)
        return known

    def moves(self, world: World, me: Process) -> Iterator[tuple[bool, bytes, World]]:
        """Yield the moves of a process: whether signals come first, its output, the next world."""
        if me.ending is not None:
            yield False, b"", (_tell(world, me) if me.has_closed else _give_up(world, me))
            return
        is_woken = bool(me.deliverable())
        if is_woken:
            yield True, b"", self._arrive(world, me.name)
        for printed, after in self._operate(world, me, is_woken):
            yield False, printed, self._arrive(after, me.name) if is_woken else after

    # -- a process moves on ----------------------------------------------------------------------

    def request(self, me: Process) -> Request:
        if me.frames:
            frame = me.frames[-1]
            return _after(handler(frame.handler), frame.results) or ("return",)
        if me.at >= len(self.text):
            return ("exit", 0)
        return self._next(me) or ("nothing",)

    def _next(self, me: Process) -> Request | None:
        return _after(letter(self.text[me.at], me), me.results)

    def _settle(self, me: Process) -> Process:
        """Advance to the next letter that makes a system call."""
        while not me.frames and me.at < len(self.text) and self._next(me) is None:
            me = replace(me, at=me.at + 1, results=())
        return me

    def _goes_on(self, world: World, me: Process, result: object) -> World:
        if me.frames:
            last = me.frames[-1]
            last = replace(last, results=(*last.results, result))
            return world.put(replace(me, frames=(*me.frames[:-1], last)))
        return world.put(self._settle(replace(me, results=(*me.results, result))))

    def _arrive(self, world: World, name: str, *, in_suspend: bool = False) -> World:
        """Deliver every signal that is pending and not blocked."""
        me = world.get(name)
        while me is not None and me.ending is None and (numbers := me.deliverable(in_suspend)):
            number = numbers[0]
            me = replace(me, pending=me.pending - {number})
            if number in me.caught and number != KILL:
                kind = "h" if number in me.reapers else "H"
                me = replace(me, frames=(*me.frames, Frame(number, kind, (), in_suspend)))
                in_suspend = False
            elif number not in me.ignored and number not in IGNORED_BY_DEFAULT:
                me = replace(me, ending=me.lost_to if number == KILL else number)
        return world if me is None else world.put(me)

    def _operate(self, world: World, me: Process, woken: bool) -> Iterator[tuple[bytes, World]]:
        request = self.request(me)
        match request:
            case ("return",):
                after = world.put(self._settle(replace(me, frames=me.frames[:-1])))
                # The handler's return restores the mask, and signals that it blocked arrive.
                yield b"", self._arrive(after, me.name)
            case ("suspend",):
                if me.deliverable(in_suspend=True):
                    after = self._goes_on(world, me, -1)
                    yield b"", self._arrive(after, me.name, in_suspend=True)
            case ("say", data):
                yield data, self._goes_on(world, me, len(data))
            case ("exit", code):
                yield b"", world.put(replace(me, ending=code << 8))
            case ("fork",):
                yield b"", self._fork(world, me)
            case ("exec",):
                after = replace(me, kids=(), caught=frozenset(), reapers=frozenset(), lock=None,
                                knows_parent=False)  # fmt: skip
                yield b"", self._goes_on(world, after, 0)
            case ("pause",):
                if woken:
                    yield b"", self._goes_on(world, me, -1)
            case ("parent",):
                yield b"", self._goes_on(world, me, me.parent is not None)
            case ("wait", *_):
                yield from self._wait(world, me, request)
            case ("write" | "read" | "close", *_):
                yield from self._pipe(world, me, request)
            case ("action" | "mask" | "kill", *_):
                yield b"", self._signal(world, me, request)
            case _:
                yield from self._file(world, me, request)

    def _fork(self, world: World, me: Process) -> World:
        name = f"{me.name}.{me.born + 1}"
        child = replace(me, name=name, parent=me.name, at=me.at + 1, results=(), kids=(), born=0,
                        pending=frozenset(), knows_parent=True)  # fmt: skip
        at, depth = me.at, 1
        while depth:
            at += 1
            depth += (self.text[at] == "(") - (self.text[at] == ")")
        mine = replace(me, at=at + 1, results=(), kids=(*me.kids, name), born=me.born + 1)
        return world.put(self._settle(mine)).put(self._settle(child))

    def _wait(self, world: World, me: Process, request: Request) -> Iterator[tuple[bytes, World]]:
        _, target, is_poll = request
        dead = [(int(name.rpartition(".")[2]), name, status) for name, status in world.zombies
                if name.rpartition(".")[0] == me.name and target in (None, name)]  # fmt: skip
        alive = any(p.parent == me.name and target in (None, p.name) for p in world.processes)
        if dead:
            _, name, status = min(dead)
            after = replace(world, zombies=world.zombies - {(name, status)})
            yield b"", self._goes_on(after, me, (name, status))
        elif not alive:
            yield b"", self._goes_on(world, me, None)
        elif is_poll:
            yield b"", self._goes_on(world, me, ())

    def _pipe(self, world: World, me: Process, request: Request) -> Iterator[tuple[bytes, World]]:
        kind, pipe, last = request
        if kind == "close":
            yield b"", self._goes_on(world, replace(me, ends=me.ends - {(pipe, last)}), 0)
        elif (pipe, kind[0]) not in me.ends:
            yield b"", self._goes_on(world, me, None)
        elif kind == "write":
            if world.holds(pipe, "r"):
                after = _with_bytes(world, pipe, world.pipes[pipe] + last)
                yield b"", self._goes_on(after, me, len(last))
            else:
                after = _send(self._goes_on(world, me, None), me.name, PIPE)
                yield b"", self._arrive(after, me.name)
        elif world.pipes[pipe] or not world.holds(pipe, "w"):
            got, rest = world.pipes[pipe][:last], world.pipes[pipe][last:]
            yield b"", self._goes_on(_with_bytes(world, pipe, rest), me, got)

    def _signal(self, world: World, me: Process, request: Request) -> World:
        match request:
            case ("action", number, handler):
                me = replace(me, caught=me.caught - {number}, ignored=me.ignored - {number},
                             reapers=me.reapers - {number})  # fmt: skip
                if handler:
                    me = replace(me, caught=me.caught | {number})
                    if handler == "h":
                        me = replace(me, reapers=me.reapers | {number})
                elif handler is False:
                    # An ignored signal is no longer pending.
                    me = replace(me, ignored=me.ignored | {number}, pending=me.pending - {number})
                return self._goes_on(world, me, 0)
            case ("mask", blocks):
                blocked = me.blocked | {USR1} if blocks else me.blocked - {USR1}
                after = self._goes_on(world, replace(me, blocked=blocked), 0)
                return self._arrive(after, me.name)
            case ("kill", target, number):
                return _send(self._goes_on(world, me, 0), str(target), int(number))
        raise ValueError(request)

    def _file(self, world: World, me: Process, request: Request) -> Iterator[tuple[bytes, World]]:
        match request[0]:
            case "append":
                yield b"", self._goes_on(replace(world, length=(world.length or 0) + 1), me, 0)
            case "look":
                yield b"", self._goes_on(world, me, world.length is not None)
            case "length":
                yield b"", self._goes_on(world, me, world.length)
            case "open lock":
                name = f"{me.name}#{len(me.locks)}" if request[1] or not me.lock else me.lock
                mine = replace(me, lock=name, locks=me.locks | {name})
                yield b"", self._goes_on(world, mine, 0)
            case "lock" | "unlock":
                yield from self._lock(world, me, request)
            case "new":
                yield b"", self._goes_on(replace(world, has_x=True), me, not world.has_x)
            case "remove":
                yield b"", self._goes_on(replace(world, has_x=False), me, 0)

    def _lock(self, world: World, me: Process, request: Request) -> Iterator[tuple[bytes, World]]:
        other = None if world.owner == me.lock else world.owner
        if request[0] == "unlock":
            yield b"", self._goes_on(replace(world, owner=other), me, 0)
        elif other is None:
            yield b"", self._goes_on(replace(world, owner=me.lock), me, True)
        elif request[1]:
            yield b"", self._goes_on(world, me, False)


def _after(steps: Letter, results: tuple[object, ...]) -> Request | None:
    """Return the next request of a letter or handler; None at its end."""
    try:
        request = next(steps)
        for result in results:
            request = steps.send(result)
    except StopIteration:
        return None
    return request


def _with_bytes(world: World, pipe: int, data: bytes) -> World:
    pipes = (data, world.pipes[1]) if pipe == 0 else (world.pipes[0], data)
    return replace(world, pipes=pipes)


def _send(world: World, name: str, number: int) -> World:
    target = world.get(name)
    if target is None or target.ending is not None:
        return world
    is_ignored = number in target.ignored or (
        number in IGNORED_BY_DEFAULT and number not in target.caught
    )
    if is_ignored and number not in target.mask():
        return world
    if KILL in target.pending:
        return world
    ends = number not in target.caught | target.ignored | target.mask() and not is_ignored
    if number == KILL or (ends and not target.pending - target.mask()):
        return world.put(replace(target, pending=frozenset((KILL,)), lost_to=number))
    return world.put(replace(target, pending=target.pending | {number}))


def _give_up(world: World, me: Process) -> World:
    return world.put(replace(me, ends=frozenset(), locks=frozenset(), has_closed=True))


def _tell(world: World, me: Process) -> World:
    rest = tuple(
        replace(one, parent=None) if one.parent == me.name else one
        for one in world.processes
        if one.name != me.name
    )
    zombies = {one for one in world.zombies if one[0].rpartition(".")[0] != me.name}
    parent = world.get(me.parent)
    if parent is not None and CHLD not in parent.ignored:
        zombies.add((me.name, me.ending or 0))
    after = replace(world, processes=rest, zombies=frozenset(zombies))
    return after if parent is None else _send(after, parent.name, CHLD)
