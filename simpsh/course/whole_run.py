"""What is true of a whole run or search: it hangs, it prints this, these outputs are possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.expectation import Expectation, Fact, NotThere, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.course.processes import Process
    from simpsh.course.scene import Result, Scene


def _comes_to_its_end(scene: Scene) -> Verdict:
    run = scene.run
    scene.insist_on("events")
    if run.hangs:
        moment = run.moments.get("rest")
        asleep = [
            f"{name} slept in {look.call}"
            for name, look in (moment.looks.items() if moment is not None else ())
            if look.call
        ]
        return Verdict(holds=False, because=f"nobody could move: {', '.join(asleep)}")
    return Verdict(holds=True, because="the first process came to its end")


def _hangs(scene: Scene) -> Verdict:
    verdict = _comes_to_its_end(scene)
    return Verdict(holds=not verdict.holds, because=verdict.because)


hangs = Expectation("nobody can move any more, and the first process is not done", _hangs)
"""The first process is not done, and nobody can move any more: proved, not timed out."""
returns = Expectation("the first process comes to its end", _comes_to_its_end)
"""The first process comes to its end by itself."""
output = Fact("the output", lambda scene: scene.run.output)
"""All that the demonstration wrote, by everybody, in the order in which it came."""


def _possible(scene: Scene) -> frozenset[str]:
    scene.insist_on("events")
    search = scene.search
    if search.problem:
        raise NotThere(search.problem)
    return frozenset(search.possible)


outputs = Fact("the set of possible outputs", _possible)
"""Of an Explore: every output that some legal order has."""
how_many_outputs = Fact("the number of possible outputs", lambda scene: len(_possible(scene)))
"""Of an Explore: `how_many_outputs == 2`."""


def _seen(scene: Scene) -> str:
    search = scene.search
    counts = [
        f"{output.strip()}: {search.seen.get(output, 0)}" for output in sorted(search.possible)
    ]
    return ", ".join(counts)


seen_here = Fact("what was seen here", _seen)
"""Of an Explore: how often each output came in the plain runs; for columns, never for a claim."""


def can_print(text: str) -> Expectation:
    """Say of an Explore that some legal order has exactly this output."""
    return outputs.contains(text)


def _how_many_processes(scene: Scene) -> int:
    scene.insist_on("events")
    return len(scene.run.names)


how_many_processes = Fact("the number of processes", _how_many_processes)
"""How many processes there were in all, the first included."""
how_many_alive = Fact("the number of processes there", lambda scene: len(scene.now().looks))
"""How many are there at a moment, zombies included."""


def how_many(several: Process, is_so: Callable[[Process], Expectation]) -> Fact:
    """Return for how many it is true: `how_many(anyone, lambda one: one.state == "Z") == 3`."""
    from simpsh.course.processes import Process

    sample = is_so(Process("one"))

    def get(scene: Scene) -> int:
        names = [name for name in scene.run.names if several.is_one(name)]
        return sum(is_so(Process(name)).at(scene).holds for name in names)

    whose = sample.text.replace("the one's ", "whose ").replace("the one ", "that ")
    where = whose if sample.text.startswith("the one") else f"where {sample.text}"
    text = f"the number of processes ({several.name}) {where}"
    return Fact(text, get, sample.calls)


def file(path: str) -> Fact:
    """Return the contents of a file in the demonstration's own directory, at a moment."""

    def get(scene: Scene) -> str:
        files = scene.run.moments[scene.moment].files if scene.moment in scene.run.moments else {}
        if path not in files:
            scene.insist_on("files")
            raise NotThere(f"there was no file {path}")
        return files[path]

    return Fact(f"the content of {path}", get)


def value(variable: str) -> Fact:
    """Return the value that a variable got last in the run, in whichever process."""

    def get(scene: Scene) -> object:
        found = [new for _, _, name, new in scene.run.sets if name == variable]
        if not found:
            scene.insist_on("values")
            raise NotThere(f"nobody set {variable}")
        return found[-1]

    return Fact(variable, get)


def holders(pipe: str, end: str) -> Fact:
    """Return who holds an end of a pipe, in words: `server by 1 and 2`, `nobody`."""

    def get(scene: Scene) -> str:
        found = []
        for name, look in scene.now().looks.items():
            numbers = [
                str(number)
                for number, one in sorted(look.descriptors.items())
                if one.pipe == pipe and one.access in (end, "both")
            ]
            if numbers:
                found.append(f"{name} by {' and '.join(numbers)}")
        return ", ".join(found) or "nobody"

    return Fact(f"the list of holders of the {end} end of pipe {pipe}", get)


def words(expectation: Expectation, if_so: str, if_not: str) -> Callable[[Result], str]:
    """Return a column of a Compare: one word if it is so, another if not.

    `columns={"does it hang?": words(hangs, "hangs", "returns")}`
    """

    def told(result: Result) -> str:
        return if_so if expectation.holds(result) else if_not

    return told


def told_at(moment: str, fact: Fact) -> Fact:
    """Return a fact at a moment, for a column of a Compare."""
    return Fact(f"{fact.text} at {moment}", lambda scene: fact.get(scene.at(moment)), fact.calls)
