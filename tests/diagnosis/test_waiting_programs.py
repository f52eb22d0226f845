"""Programs that wait as described in public bug reports, each with the expected diagnosis."""

import asyncio
import concurrent.futures.thread
import contextlib
import os
import re
import select
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from simpsh.diagnosis.answer import diagnose
from simpsh.process.proc import state
from simpsh.process.process_tree import all_processes, own_children
from tests.diagnosis.diagnosis_texts import text_of
from tests.harness.compiled import compile_c
from tests.harness.process import (
    as_ordinary_user,
    child,
    end,
    stat_fields,
    wait_until,
    wait_until_at_rest,
)
from tests.support.needed_programs import require

with open(Path(__file__).parent / "programs.toml", "rb") as table:
    PROGRAMS = tomllib.load(table)
HEADERS = (
    *("fcntl", "poll", "pthread", "semaphore", "signal", "stdio", "stdlib", "time", "unistd"),
    *("sys/mman", "sys/socket", "sys/stat", "sys/timerfd", "sys/wait"),
)
BUSY_TICKS, LOOKS, MOST_WORDS = 30, 20, 38
BUSY = "… runs or is ready to run: it waits for nothing."
INCLUDES = "#define _GNU_SOURCE\n" + "".join(f"#include <{name}.h>\n" for name in HEADERS)
MEETING = """
static pthread_barrier_t *both;
__attribute__((constructor)) static void prepare(void) {
    pthread_barrierattr_t shared;
    both = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(both, &shared, 2);
}
static void meet(void) { pthread_barrier_wait(both); }
"""
"""Two threads or processes that call meet() continue together."""


@contextlib.contextmanager
def program(argv, **options):
    """Run a program in a new session; kill it and all its descendants afterwards."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    before = own_children()
    with subprocess.Popen(argv, start_new_session=True, **{**streams, **options}) as process:
        try:
            yield process.pid
        finally:
            end(process.pid)
            # Orphans are still in its session, or have begun their own and are adopted here.
            in_session = {pid for pid, it in all_processes().items() if it.sid == process.pid}
            for pid in in_session:
                end(pid)
            while adopted := own_children() - before - {process.pid}:
                for pid in adopted:
                    end(pid)


def answered(pid, case, directory=""):
    """Return the diagnosis; its first sentence must match the case's answer; … is a wildcard.

    Check that the verdict is sound, that the proof agrees and that the symptom is that of the case.
    """
    pattern = case["answer"].replace("{dir}", str(directory))
    wanted = re.compile(".*".join(map(re.escape, pattern.split("…"))))
    if pattern == BUSY:
        # A start takes less of the processor's time.
        wait_until(lambda: int(stat_fields(pid)[11]) >= BUSY_TICKS, f"{pid} computes")
    else:
        wait_until_at_rest()
    found = diagnose(pid)
    # On a busy machine a program may still be reading its code. No state shows that: ask again.
    for _ in range(LOOKS if pattern != BUSY else 0):
        if found.situation not in ("running", "unknown") or wanted.match(found.sentences[0]):
            break
        wait_until_at_rest()
        found = diagnose(pid)
    first, usual = found.sentences[0], "stuck" if case.get("change", found.symptom) else "at rest"
    verdicts = case.get("verdict", usual).split(" or ")
    truth = case.get("truth", verdicts[0])
    # An answer may be weaker than the truth, never wrong.
    assert found.verdict in (*verdicts, truth, "not known"), text_of(found)
    if os.geteuid() != 0 and found.verdict == "not known" and found.not_permitted:
        pytest.skip("a process of another test hides from its user: it may hold the other end")
    assert found.verdict in verdicts, text_of(found)
    assert wanted.match(first), text_of(found)
    assert found.symptom == case.get("change", found.symptom), text_of(found)
    statuses = {"stuck": 1, "not known": 3}
    assert found.status == (1 if found.symptom else statuses.get(found.verdict, 0))
    is_calm = first.endswith("nothing here is seen to be stuck.")
    is_well = found.verdict in ("at rest", "running") and not found.symptom
    assert is_calm == (is_well and pattern != BUSY)
    assert ("a deadlock" in first) == (len(found.circle) > 1)
    for edge_pid in found.waits_for:
        assert any(f" {edge_pid} " in text for text in found.sentences), text_of(found)
    assert found.not_permitted or "may not look into" not in first
    # A person reads it at one glance; names of programs and addresses do not count.
    sentence, *_ = re.sub(r" \([^)]*\)", "", first).split("; process ")
    assert len(sentence.split()) <= MOST_WORDS, first
    return found


@pytest.mark.parametrize("name", PROGRAMS["python"])
def test_python(name):
    case = PROGRAMS["python"][name]
    with program([sys.executable, "-c", case["program"]]) as pid:
        answered(pid, case)


@pytest.mark.usual("pipeline", "fifo", "flock")
@pytest.mark.long("100 programs hang")
@pytest.mark.parametrize("name", PROGRAMS["other"])
def test_shell_perl_and_node(name, tmp_path):
    case = PROGRAMS["other"][name]
    require(case.get("needs", case["argv"][0]))
    argv = [word.replace("{dir}", str(tmp_path)) for word in case["argv"]]
    with program(argv, cwd=tmp_path) as pid:
        answered(pid, case, tmp_path)


@pytest.mark.usual("record-lock", "pause", "timerfd")
@pytest.mark.long("100 programs hang")
@pytest.mark.parametrize("name", PROGRAMS["c"])
def test_c(name, tmp_path):
    case = PROGRAMS["c"][name]
    meeting = MEETING if "meet()" in case["program"] else ""
    (tmp_path / "program.c").write_text(INCLUDES + meeting + case["program"])
    compile_c(tmp_path / "program.c", tmp_path / "program", "-pthread")
    with program([tmp_path / "program"], cwd=tmp_path) as pid:
        if wait_until(lambda: (found := state(pid)) in ("S", "D", "T", "Z") and found, name) == "Z":
            pytest.skip(f"its call is forbidden here: {name}")
        answered(pid, case, tmp_path)


_32_BITS = r"""
static long call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}
void _start(void) {
    int ends[2]; char c; long time[2] = {600, 0};
    call(42, (long)ends, 0, 0);
    if (call(2, 0, 0, 0) == 0) { call(6, ends[0], 0, 0); call(162, (long)time, 0, 0); }
    call(6, ends[1], 0, 0); call(3, ends[0], (long)&c, 1); call(1, 0, 0, 0);
}
"""


@pytest.mark.needs("gcc")
def test_a_32_bit_program_is_explained_by_the_kernel_function(tmp_path):
    path = tmp_path / "program"
    options = ["-m32", "-nostdlib", "-static", "-ffreestanding", "-fno-stack-protector", "-O1"]
    command = ["gcc", *options, "-w", "-x", "c", "-", "-o", path]
    if subprocess.run(command, input=_32_BITS, text=True, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("there is no compiler for 32 bits")
    with program([path]) as pid:
        answer = "… reads an empty pipe; whether it is stuck is not known."
        answered(pid, {"answer": answer, "change": "", "verdict": "not known"})


def test_an_ordinary_user_gets_the_same_first_sentences():
    names = ["asyncio-child", "asyncio-server-and-thread", "select-of-three"]

    def body():
        for case in map(PROGRAMS["python"].__getitem__, names):
            # Fork instead of exec: the user may be unable to read the interpreter's directory.
            with child(exec, case["program"], {}) as pid:
                answered(pid, case)

    # Import these modules before the user changes.
    assert {asyncio, concurrent.futures.thread, select} <= {*sys.modules.values()}
    as_ordinary_user(body)
