"""Two runs side by side: the first step that differs, and what was not watched."""

from __future__ import annotations

import subprocess

import pytest

from simpsh.base.events import Event, Exec, Exit, Fork, Start, Write
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.view.document import html_of, lines_of
from simpsh.view.run_comparison import ComparedRun, compare
from simpsh.view.styled_text import plain
from tests.support.c_programs import compile_c
from tests.support.shells import simpsh_command

BEGIN = (
    (100, "P0", Start(99, ("prog",))),
    (100, "P0", Exec(("prog",), "prog", (), ((0, "/dev/null"),))),
    (100, "P0", Fork(101, "P1", pipes=(), files=((0, "/dev/null"),))),
)


def run(letter, *steps, level="io"):
    steps = [*BEGIN, *steps]
    events = [Event(pid, what, place, place, name) for place, (pid, name, what) in enumerate(steps)]
    return ComparedRun(letter, "prog", chronicle_of(tuple(events), level))


def told(difference):
    return "\n".join(plain(row).rstrip() for row in lines_of(difference.parts, 100))


def test_a_status_that_differs_is_the_first_difference_of_its_process():
    first = run("A", (101, "P1", Exit(0x300)), (100, "P0", Exit(0)))
    second = run("B", (101, "P1", Exit(9)), (100, "P0", Exit(0)))
    found = compare(first, second)
    assert not found.is_equal
    assert found.parts[2].text == "The first difference is step 1 of P1."
    assert "1 →    P1 exits with status 3" in told(found)
    assert "Ends that differ: P1: status 3, killed by SIGKILL." in told(found)


def test_descriptors_are_compared_where_both_runs_looked():
    kept = Exit(0, pipes=(), files=((0, "/dev/null"), (5, "/tmp/kept")))
    gone = Exit(0, pipes=(), files=((0, "/dev/null"),))
    found = compare(run("A", (101, "P1", kept)), run("B", (101, "P1", gone)))
    assert found.parts[2].text == "The first difference: the descriptors at step 1 of P1."
    assert "descriptor 5   /tmp/kept" in told(found)
    unseen = compare(run("A", (101, "P1", kept)), run("B", (101, "P1", Exit(0))))
    assert unseen.is_equal
    assert "At 1 more only one of the runs looked at the" in told(unseen)


def test_the_order_of_equal_steps_is_compared_last_and_luck_is_called_luck():
    hello, bye = (101, "P1", Write(1, 1, "", "a")), (100, "P0", Write(1, 1, "", "b"))
    found = compare(run("A", hello, bye), run("B", bye, hello))
    assert found.parts[2].text == (
        "Each process makes the same steps. The first difference is their order: "
        "nothing that was recorded forces one of the two."
    )


def test_what_one_level_does_not_watch_is_named_and_what_is_shown_is_escaped():
    wrote = (101, "P1", Write(1, 3, "", "<b>"))
    found = compare(run("A", wrote), run("B", level="calls"))
    assert found.is_equal
    assert found.parts[2].text == "No step differs of those that both runs watched."
    assert "write" in told(found).partition("Not watched in B: ")[2]
    other = (101, "P1", Write(1, 3, "", "<i>"))
    assert "<b>" not in html_of(compare(run("A", wrote), run("B", other)).parts)


LEAK = """
#include <unistd.h>
#include <sys/wait.h>
int main(int argc, char **argv) {
    int ends[2];
    pipe(ends);
    if (fork() == 0) {
        if (argc < 2) close(ends[1]);
        if (fork() == 0) _exit(2);
        wait(0);
        _exit(1);
    }
    wait(0);
    return 0;
}
"""


@pytest.mark.needs("ptrace")
def test_a_kept_write_end_is_found_at_every_level_with_its_line(tmp_path):
    (tmp_path / "leak.c").write_text(LEAK)
    compile_c(tmp_path / "leak.c", tmp_path / "leak", "-g")
    compared = [*simpsh_command(), "trace", "compare"]
    for name, words in (("a", ["./leak"]), ("b", ["./leak", "kept"])):
        record = [*simpsh_command(), "trace", "-o", f"{name}.jsonl", *words]
        subprocess.run(record, capture_output=True, cwd=tmp_path, timeout=60, check=True)
    words = [*compared, "a.jsonl", "b.jsonl"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert "The first difference: the descriptors at step 1 of P1." in done.stdout
    assert "leak.c:9" in done.stdout
    assert "descriptor 4   not open" in done.stdout
    assert "write end of pipe A" in done.stdout
    page = subprocess.run([*words, "-o", "c.html"], cwd=tmp_path, timeout=60, check=False)
    assert page.returncode == 1
    assert (tmp_path / "c.html").read_text().startswith("<!doctype html>")
    # Both commands are run by simpsh, which executes the program with other words.
    run_now = [*compared, "--level", "calls", "./leak", "./leak kept"]
    done = subprocess.run(run_now, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, "The first difference is step 1 of P1." in done.stdout) == (1, True)
    absent = subprocess.run([*compared, "a.jsonl", "no.jsonl"], capture_output=True, cwd=tmp_path)
    assert absent.stderr == b"simpsh: trace: no.jsonl: No such file or directory\n"
