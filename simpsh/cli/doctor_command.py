"""`simpsh doctor`: check what this machine permits, and which lessons are affected."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from textwrap import wrap

from simpsh import console
from simpsh.base.phrases import escaped, listed
from simpsh.cli.option_parser import PathOptions, flag
from simpsh.course.check import machine_report
from simpsh.course.check.machine_report import Loss, MachineReport
from simpsh.course.classroom import phone_access
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.teach.course_map import CourseMap
from simpsh.course.teach.student_progress import StudentProgress, open_words
from simpsh.process.mount_manners import Manner, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.explore.workplace.private_world import WorldReport

_MOST_LISTED = 8
_MANNERS = {
    Manner.OVERLAY: "as an overlay",
    Manner.COPY: "a copy",
    Manner.READ_ONLY: "can only be read there",
    Manner.HIDDEN: "hidden there",
}
_LACKS = (
    "There a program has another path, sees all processes, and runs freely only if every order is "
    "known. Sockets, System V IPC, and what would change or signal something outside are refused."
)


class DoctorCommand(PathOptions):
    """Examine this machine."""

    name, usage = "doctor", ("[option …]",)
    about = (
        "Checks whether this machine permits what the lessons need. For each missing permission, "
        "it prints the remedy and the lesson steps that will be described instead of run."
    )
    notes = "The exit status is 0 if every step can run, else 1."

    as_json: bool = flag("--json", "print it as one JSON object", "answer")

    def run(self) -> int:
        """Print the findings."""
        # Needs the explorer, which is slow to load.
        from simpsh.explore.workplace.private_world import examine_world

        findings, world = machine_report.examine(Library(self.folders)), examine_world()
        if self.as_json:
            console.say(_as_json(findings, world))
        else:
            console.show_lines(machine_report.lines_of(findings))
            console.show_lines(_world_lines(world))
            console.show_lines(wrap(phone_access.access_words(), console.width()))
            console.show_lines(self._course_lines())
        return 0 if findings.is_good else 1

    def _course_lines(self) -> Iterator[str]:
        """Yield how far the student is, and which lessons have open parts; nothing at the start."""
        heads, _ = Library(self.folders).heads()
        record = StudentProgress().record
        if not record.lessons:
            return
        course = CourseMap(heads, record)
        yield from wrap(f"The course: {course.summary}.", console.width())
        for stone in [stone for stone in course.stones if stone.open][:_MOST_LISTED]:
            text = f"{stone.head.id}, still open: {open_words(stone.open)}"
            yield from wrap(text, console.width(), initial_indent="  ", subsequent_indent="    ")


def _as_json(findings: MachineReport, world: WorldReport) -> str:
    import json  # not needed for text

    host = phone_access.host_for_phones()
    data = {
        "machine": machine_report.machine(),
        "is_good": findings.is_good,
        **{name: getattr(findings, name) for name in MachineReport._fields},
        "losses": {
            lesson: [{name: getattr(loss, name) for name in Loss._fields} for loss in losses]
            for lesson, losses in findings.losses.items()
        },
        "phones": {
            "missing": phone_access.missing_libraries(),
            "host": "" if host == phone_access.LOOPBACK else host,
        },
        "private_world": {
            "refused": world.refused,
            "shown": [
                {"path": each.path, "manner": each.manner.value, "reason": each.cause}
                for each in world.shown
            ],
        },
    }
    return json.dumps(data, indent=1) + "\n"


def _world_lines(world: WorldReport) -> Iterator[str]:
    """Yield where explore and step run programs, and what they do not see as it is."""
    if world.refused:
        text = f"explore and step run programs in copies of a directory: {world.refused}. {_LACKS}"
        yield from wrap(text, console.width())
        return
    text = "explore and step run programs in a private world, at the same paths."
    yield from wrap(text, console.width())
    rebuilt = [each.path for each in world.shown if each.reason is Reason.MOUNTED_IN]
    # The root has mounts in it on every machine.
    if rebuilt != ["/"] and rebuilt:
        text = f"Rebuilt, for something is mounted in each: {_some(rebuilt)}."
        yield from wrap(text, console.width(), subsequent_indent="  ")
    others = [each for each in world.shown if each.reason is not Reason.MOUNTED_IN]
    for each in islice(others, _MOST_LISTED):
        text = f"{escaped(each.path)}: {_MANNERS[each.manner]}; {each.cause}."
        yield from wrap(text, console.width(), subsequent_indent="  ")
    if len(others) > _MOST_LISTED:
        yield f"{len(others) - _MOST_LISTED} more are in the answer of --json."


def _some(paths: list[str]) -> str:
    named = [escaped(path) for path in paths[:_MOST_LISTED]]
    left = len(paths) - len(named)
    return listed([*named, f"{left} more"] if left else named)
