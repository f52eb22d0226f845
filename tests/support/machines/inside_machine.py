"""The program inside a virtual machine: it makes settings, and runs the checks in each.

`python -m tests.support.machines.inside_machine machine=WORD,…` is started as root by
machine_init.sh. The words are names of settings, `check=NAME` for some checks alone, `tests=PATH`
for tests instead of checks, `long`: root checks all lessons, and all that has a column, others all
lessons where that check is named, and `slow`: the processor is emulated. Each finding is a line of
JSON, written to the port that the host reads, and to the console.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

from simpsh.course.lesson.lesson_library import Library
from simpsh.kernel.machine.ptrace import is_known_architecture
from tests.explore.oracle.known import FAMILIES, LINES
from tests.support.machines.settings import SETTINGS, Setting
from tests.support.shells import PROJECT

SIMPSH = shutil.which("simpsh") or "simpsh"
EXPLORES = """
import json, sys, simpsh
place, *words = sys.argv[1:]
found = simpsh.all_outcomes(words, directory=place, budget_seconds=120)
print(json.dumps([found.is_complete, *sorted(found.texts)]))
"""
"""Explores a program in a directory, as a user; prints whether that is all, and what was found."""
CHECKS = """
import json, sys
from simpsh.cli.typed_line import type_lines
from simpsh.course.check.course_check import check_course
from simpsh.course.lesson.lesson_library import Library
report = check_course(Library(), sys.argv[1:], run_lines=type_lines)
found = [(lesson.lesson, check) for lesson in report.lessons for check in lesson.checks]
checks = [(name, {each: getattr(check, each) for each in check._fields}) for name, check in found]
print(json.dumps(checks))
"""
"""Checks lessons, as a user; prints each check with the id of its lesson."""
PROGRAMS = Path(PROJECT, "tests", "explore", "programs")
STUDENT = 1000

LESSONS = "zombie rule-3-parallel copy-on-write fork-bomb pid-1 jobs-and-terminal".split()  # noqa: SIM905
"""Checked in each setting: what a setting may forbid is a need of one of them."""
MORE_LESSONS = """
    rule-1-both-continue rule-4-copied pipe-hang posix-spawn shared-flags pidfd wait4-rusage
    zombie-adopted double-fork signals-blocked
""".split()  # noqa: SIM905
"""Checked, too, by root where not all are."""
NOT_EMULATED = {"x86_64": ("signals-blocked",)}
"""An emulated x86-64 hangs on single steps together with hardware watchpoints."""

ROOMS = ("kernel", "process", "trace")
"""Rooms whose fast tests run if not all do: those that depend on the kernel."""

EXPLORED = (
    *("child_parent_end.c", "fork_fork.c", "children.c-3", "orphan.c", "printf_before_fork.c"),
    *("vforked.c", "vfork_and_exec.c"),
)
EXPLORED_AGAIN = 2
"""How many of them each later setting explores."""
EXERCISE = "two-children"
JUDGED_AGAIN = ("solution.c", "one_wait.py")
"""The part of the class that a later setting judges."""
PATIENCE = "20"
PATIENCE_OF_TESTS = "5"
"""How much longer limits are where the processor is emulated; tests wait for some to end."""

EXAMINE = """
import json
from simpsh.course.check.machine_report import examine
from simpsh.course.lesson.lesson_library import Library
report = examine(Library())
lost = [(lesson, step) for lesson, losses in report.losses.items() for step in losses]
print(json.dumps((report.problems, report.missing, lost)))
"""


class Machine:
    """This machine: it makes settings, runs checks in them, and reports results."""

    def __init__(self, words: list[str]) -> None:
        self._is_long = "long" in words
        named = [one for one in SETTINGS if one.name in words]
        self._wanted = named or [*SETTINGS]
        self._checks = _values("check", words)
        self._tests_alone = _values("tests", words)
        self._patience = PATIENCE if "slow" in words else "1"
        self._left = NOT_EMULATED.get(platform.machine(), ()) if "slow" in words else ()
        port = next(iter(glob.glob("/dev/virtio-ports/*") or glob.glob("/dev/vport*")), os.devnull)
        self._port = open(port, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
        self._work = tempfile.mkdtemp(prefix="checks-")
        os.chmod(self._work, 0o755)

    def run(self) -> None:
        """Make each setting, and check."""
        self._tell(
            "", "machine", kernel=platform.release(), python=platform.python_version(),
            page=os.sysconf("SC_PAGE_SIZE"), processors=os.cpu_count(),
            traced=is_known_architecture(),
        )  # fmt: skip
        self._compile()
        for setting in self._wanted:
            if setting.file and not os.path.exists(setting.file):
                continue
            with self._made(setting) as reason:
                if reason:
                    self._tell(setting.name, "setting", verdict="missing", text=reason)
                    continue
                self._check(setting)

    def _tell(self, setting: str, check: str, **more: object) -> None:
        line = json.dumps({"setting": setting, "check": check, **more})
        print(f"@@ {line}", flush=True)
        self._port.write(line + "\n")

    @contextlib.contextmanager
    def _made(self, setting: Setting) -> Iterator[str]:
        """Make a setting; yield why it cannot be made, empty if it is."""
        with contextlib.ExitStack() as undo:
            reason = ""
            for knob in setting.knobs:
                try:
                    undo.callback(knob.turn())
                except OSError as error:
                    reason = f"{knob.name}: {error.strerror}"
            yield reason

    # ---------------------------------------------------------------------------- checks

    def _check(self, setting: Setting) -> None:
        is_first = setting is SETTINGS[0]
        is_long = is_first and self._is_long
        self._explored = EXPLORED if is_first else EXPLORED[:EXPLORED_AGAIN]
        self._judged = () if is_first else JUDGED_AGAIN
        more = MORE_LESSONS if is_first else ()
        has_all = is_long or (self._is_long and "lessons" in self._checks)
        lessons = Library().ids if has_all else (*LESSONS, *more)
        checks: dict[str, Callable[[Setting], dict[str, object]]] = {"doctor": self._doctor}
        checks["explore"] = self._explore
        checks["grade"] = self._grade
        checks["lessons"] = lambda setting: self._lessons(setting, *lessons)
        if is_first or self._is_long or self._checks:
            rooms = () if is_long else ROOMS
            checks["tests"] = lambda setting: self._tests(setting, *rooms)
        if is_long or (is_first and self._checks):
            strace, sets = "trace/test_against_strace.py", "explore/search/test_known_sets.py"
            checks["strace"] = lambda setting: self._in_parallel(setting, f"tests/{strace}")
            checks["sets"] = lambda setting: self._in_parallel(setting, f"tests/{sets}")
        if self._checks:
            checks = {name: check for name, check in checks.items() if name in self._checks}
        if self._tests_alone:
            checks = {"named tests": lambda setting: self._pytest(setting, *self._tests_alone)}
        for name, check in checks.items():
            begin = time.monotonic()
            try:
                found = check(setting)
            except Exception as error:
                found = {"verdict": "failed", "text": f"{type(error).__name__}: {error}"}
            self._tell(setting.name, name, seconds=round(time.monotonic() - begin, 1), **found)

    def _run(
        self,
        setting: Setting,
        *argv: str,
        seconds: float = 3000,
        patience: str = "",
        output: int | None = subprocess.PIPE,
    ) -> tuple[int, str, str]:
        """Run a program as the setting's user, in a directory of its own."""
        home = "/root" if setting.is_root else "/home/student"
        with tempfile.TemporaryDirectory(prefix="run-", dir=self._work) as place:
            os.chown(place, *([0, 0] if setting.is_root else [STUDENT, STUDENT]))
            os.chmod(place, 0o755)
            environment = {**os.environ, "HOME": home, "TMPDIR": place, "PYTHONPATH": PROJECT}
            environment["HYPOTHESIS_STORAGE_DIRECTORY"] = place
            environment["SIMPSH_PATIENCE"] = patience or self._patience
            done = subprocess.run(
                argv, cwd=PROJECT, env=environment, text=True, check=False,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE,
                timeout=seconds, preexec_fn=setting.enter,
            )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    def _doctor(self, setting: Setting) -> dict[str, object]:
        """Return doctor's report from the library; the command prints the same."""
        _, output, errors = self._run(setting, sys.executable, "-c", EXAMINE)
        problems, missing, lost = json.loads(output)
        verdict = "failed" if errors or problems else "passed"
        return {"verdict": verdict, "missing": missing, "lost": lost, "text": errors}

    def _lessons(self, setting: Setting, *names: str) -> dict[str, object]:
        """Check lessons; many are checked one by one, so that the console reports each."""
        left = [name for name in names if name in self._left]
        wanted = [name for name in names if name not in self._left]
        at_once = [[name] for name in wanted] if self._is_long else [wanted]
        checks: list[tuple[str, dict[str, str]]] = []
        problems = ""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for found, errors in pool.map(lambda some: self._lesson(setting, *some), at_once):
                checks += found
                problems += errors
        counts = {
            verdict: sum(one["verdict"] == verdict for _, one in checks)
            for verdict in ("passed", "failed", "skipped")
        }
        failures = [
            f"{name}: step {one['step']} {one['kind']} {one['sentence']}: {one['reason']}"
            for name, one in checks
            if one["verdict"] == "failed"
        ]
        skipped = [
            (name, one["step"], one["kind"], one["reason"])
            for name, one in checks
            if one["verdict"] == "skipped"
        ]
        return {
            "verdict": "failed" if problems or counts["failed"] else "passed",
            **counts,
            "failures": failures,
            "skips": skipped,
            "names": sorted({name for name, _ in checks}),
            "left": left,
            "is_whole": len(names) == len(Library().ids),
            "text": problems[-500:],
        }

    def _lesson(
        self, setting: Setting, *names: str
    ) -> tuple[list[tuple[str, dict[str, str]]], str]:
        begin = time.monotonic()
        _, output, errors = self._run(setting, sys.executable, "-c", CHECKS, *names)
        checks = [(name, check) for name, check in json.loads(output or "[]")]
        failures = [one for _, one in checks if one["verdict"] == "failed"]
        seconds = time.monotonic() - begin
        about = " ".join(names)
        print(f"@ {about}: {len(checks)} in {seconds:.0f} s", *failures, errors, flush=True)
        return checks, "" if output else f"{about}: no report: {errors}"

    def _explore(self, setting: Setting) -> dict[str, object]:
        """Explore textbook programs: each set is the known one, or refused with a reason."""
        equal, incomplete, refused, wrong = [], {}, {}, {}
        for known in (*FAMILIES, *LINES):
            if str(known) not in self._explored:
                continue
            words = (str(Path(self._work, Path(known.program).stem)), *known.arguments)
            place = Path(self._work, "empty")
            place.mkdir(exist_ok=True)
            status, output, errors = self._run(
                setting, sys.executable, "-c", EXPLORES, str(place), *words
            )
            is_complete, *texts = json.loads(output) if output else [False]
            if is_complete and texts == sorted(known.outputs):
                equal.append(str(known))
            elif output and not is_complete and set(texts) <= set(known.outputs):
                incomplete[str(known)] = output
            elif errors and not output:
                refused[str(known)] = errors.strip().splitlines()[-1]
            else:
                wrong[str(known)] = f"status {status}: {errors}{output}"[:2000]
        verdict = "failed" if wrong or incomplete else "refused" if refused else "passed"
        found = {"verdict": verdict, "equal": equal, "incomplete": incomplete}
        return {**found, "refused": refused, "wrong": wrong}

    def _grade(self, setting: Setting) -> dict[str, object]:
        """Judge a small class: the solution has all points, what is wrong has not; or a refusal."""
        [shelf] = Path(PROJECT, "lessons").glob(f"*/exercises/{EXERCISE}")
        handed = Path(tempfile.mkdtemp(prefix="class-", dir=self._work))
        right = [*shelf.glob("solution.*")]
        for path in (*right, *shelf.glob("wrong/*.*")):
            if not self._judged or path.name in self._judged:
                shutil.copy(path, handed / f"{'right' if path in right else 'wrong'}-{path.name}")
        os.chmod(handed, 0o755)
        with tempfile.TemporaryDirectory(dir=self._work) as results:
            os.chown(results, *([0, 0] if setting.is_root else [STUDENT, STUDENT]))
            status, output, errors = self._run(
                setting, SIMPSH, "grade", "--exercise", EXERCISE, "--format", "json",
                "-o", f"{results}/r", str(handed),
            )  # fmt: skip
        if not output:
            return {"verdict": "refused" if errors else "failed", "text": errors.strip()[:600]}
        submissions = json.loads(output)["submissions"]
        points = {one["name"]: (one["points"], one["of"]) for one in submissions}
        weak = sorted({what for one in submissions for what in one.get("not_isolated", ())})
        bad = {
            name: f"{got} of {most}"
            for name, (got, most) in points.items()
            if (got == most) != name.startswith("right")
        }
        verdict = "failed" if bad or status else "passed"
        return {
            "verdict": verdict,
            "judged": len(points),
            "wrong": bad,
            "weak": weak,
            "text": errors,
        }

    def _tests(self, setting: Setting, *rooms: str) -> dict[str, object]:
        # Those about handlers are explored with watchpoints.
        is_less = self._left and not rooms
        words = ["-k", "not handler"] if is_less else [f"tests/{room}" for room in rooms]
        found = self._in_parallel(setting, "--fast", *words)
        return {**found, "rooms": rooms, "left": ["handlers"] if is_less else []}

    def _in_parallel(self, setting: Setting, *words: str) -> dict[str, object]:
        return self._pytest(setting, "-n", str(os.cpu_count()), *words)

    def _pytest(self, setting: Setting, *words: str) -> dict[str, object]:
        report = Path(self._work, "report.xml")
        report.touch()
        os.chmod(report, 0o666)
        argv = (
            *(sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--color=no"),
            *(f"--timeout={900}", f"--junit-xml={report}", "--no-summary", *words),
        )
        patience = PATIENCE_OF_TESTS if self._patience == PATIENCE else ""
        # Their output goes to the console: what is seen there remains if the time is over.
        _, _, errors = self._run(setting, *argv, seconds=6000, patience=patience, output=None)
        failures, skips, count = [], [], 0
        for case in ElementTree.parse(report).iter("testcase"):
            count += 1
            name = f"{case.get('classname')}::{case.get('name')}"
            for one in case:
                if one.tag in ("failure", "error"):
                    failures.append(f"{name}: {(one.text or '')[-3000:]}")
                elif one.tag == "skipped":
                    skips.append(f"{name}: {one.get('message')}")
        counts = {"passed": count - len(failures) - len(skips), "failed": len(failures)}
        counts["skipped"] = len(skips)
        text = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
        verdict = "failed" if failures or errors else "passed"
        return {
            "verdict": verdict,
            "text": text if count else errors[-500:],
            "failures": failures,
            "skips": skips,
        }

    def _compile(self) -> None:
        for source in PROGRAMS.glob("*.c"):
            if any(name.split("-")[0] == source.name for name in EXPLORED):
                target = Path(self._work, source.stem)
                subprocess.run(["gcc", "-w", "-O0", "-pthread", "-o", target, source], check=True)


def _values(name: str, words: list[str]) -> list[str]:
    return [word.removeprefix(f"{name}=") for word in words if word.startswith(f"{name}=")]


def main() -> None:
    """Read the words that the kernel was given, and check."""
    words = [
        one.removeprefix("machine=").split(",") for one in sys.argv if one.startswith("machine=")
    ]
    Machine([word for some in words for word in some if word]).run()


if __name__ == "__main__":
    main()
