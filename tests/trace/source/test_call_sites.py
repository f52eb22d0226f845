"""The source line of each call of a C program, in programs of every kind of build."""

import os
import re
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from simpsh.base import events
from simpsh.base.events import CallSite
from simpsh.kernel.machine import ptrace
from simpsh.trace.recording.recording_file import LEVELS
from tests.harness.compiled import compile_c
from tests.harness.recorded import recorded
from tests.harness.sh import run_command

pytestmark = [
    pytest.mark.skipif(
        not ptrace.is_known_architecture(), reason="no source lines are found on this machine"
    ),
    pytest.mark.long("each program is compiled in several ways"),
]

HEAD = "".join(
    f"#include <{name}.h>\n"
    for name in ("stdio", "stdlib", "string", "signal", "spawn", "unistd", "fcntl", "pthread")
)
HEAD = f"#define _GNU_SOURCE\n{HEAD}#include <sys/wait.h>\nextern char **environ;\n"


class Program:
    """A C program whose lines are named by comments: `fork(); // birth`."""

    def __init__(self, directory, body, *flags):
        self.source = Path(directory, "race.c")
        self.source.write_text(HEAD + body)
        self.path = compile_c(self.source, Path(directory, "race"), *flags)
        lines = self.source.read_text().splitlines()
        tags = ((re.search(r"// (\w+)$", line), number) for number, line in enumerate(lines, 1))
        self.lines = {found[1]: number for found, number in tags if found}

    def record(self, level="calls"):
        return recorded(self.path, level=level, with_lines=True)

    def tag(self, place):
        """Return the name of a call site's line, or its number if it has no name."""
        if place is None:
            return None
        assert place.file == str(self.source)
        return next((tag for tag, line in self.lines.items() if line == place.line), place.line)

    def tags(self, kind, level="calls", proc=None):
        """Return the names of the lines of all events of `kind`."""
        found = self.record(level)
        return [
            self.tag(event.at)
            for event in found.events
            if isinstance(event.what, kind) and (proc is None or event.proc == proc)
        ]


LIFE = r"""
static void child(void) {
    execl("/nonexistent", "x", (char *) 0); // missing
    execl("/bin/true", "true", (char *) 0); // exec
}
int main(void) {
    int ends[2];
    pipe(ends); // pipe
    pid_t pid = fork(); // birth
    if (pid == 0)
        child();
    setpgid(pid, pid); // group
    kill(pid, 0); // signal
    dup2(ends[0], 9); // copy
    waitpid(pid, NULL, 0); // wait
    return 0;
} // end
"""
BUILDS = {
    "plain": ("-O0",),
    "optimised": ("-O2",),
    "no-pie": ("-O1", "-no-pie"),
    "static-pie": ("-O2", "-static-pie"),
    "dwarf-4": ("-gdwarf-4",),
    "no-unwind-tables": ("-O1", "-fno-asynchronous-unwind-tables"),
    "compressed": ("-gz=zlib",),
    # As tcc writes them. gcc could until version 12, which warns; newer ones only warn.
    "stabs": ("-g0", "-gstabs", "-w"),
}


def has_section(path, name):
    with open(path, "rb") as file:
        return ELFFile(file).get_section_by_name(name) is not None


@pytest.mark.usual("plain", "static-pie", "stabs")
@pytest.mark.parametrize("build", BUILDS)
def test_each_call_has_its_line_in_every_build(tmp_path, build):
    program = Program(tmp_path, LIFE, "-g", *BUILDS[build])
    if build == "stabs" and not has_section(program.path, ".stab"):
        pytest.skip("this gcc writes no stabs")
    found = program.record()
    by_kind = {}
    for event in found.events:
        by_kind.setdefault(type(event.what), []).append((event.proc, program.tag(event.at)))
    assert by_kind[events.Pipe] == [("P0", "pipe")]
    assert by_kind[events.Fork] == [("P0", "birth")]
    assert by_kind[events.ExecError] == [("P1", "missing")]
    assert by_kind[events.Exec] == [("P0", None), ("P1", "exec")]
    assert by_kind[events.SetPgid] == [("P0", "group")]
    assert by_kind[events.SignalSend] == [("P0", "signal")]
    assert by_kind[events.Dup] == [("P0", "copy")]
    assert by_kind[events.Wait] == [("P0", "wait")]
    assert by_kind[events.WaitReturn] == [("P0", "wait")]
    assert ("P0", "wait") in by_kind[events.Reap]
    assert sorted(by_kind[events.Exit]) == [("P0", "end"), ("P1", None)]
    for kind in (events.Start, events.SignalDeliver):
        assert {tag for _, tag in by_kind[kind]} == {None}
    if build != "plain":
        return
    # A call site names its function; the end of main is marked as a return.
    places = {type(event.what): event.at for event in found.events if event.at is not None}
    source = str(program.source)
    assert places[events.ExecError] == CallSite(source, program.lines["missing"], "child")
    assert places[events.Fork] == CallSite(source, program.lines["birth"], "main")
    end = CallSite(source, program.lines["end"], "main", has_returned=True)
    assert places[events.Exit] == end
    assert found.sources == {source: program.source.read_text()}
    assert found.notes == ()


ENDS = {
    "exit": ("exit(3); // here", "here"),
    "_exit": ("_exit(3); // here", "here"),
    "abort": ("abort(); // here", "here"),
    "segmentation": (
        "volatile int *volatile nowhere = (volatile int *) 8;\n*nowhere = 1; // here",
        "here",
    ),
    "in a function": ("leave();", "leave"),
    "killed in pause": ("alarm(1); raise(SIGKILL); // here", "here"),
    "in an exit handler": ("atexit(leave); exit(0);", "leave"),
    "return": ("return 4; } // end\n__attribute__((unused)) static void unused(void) {", "end"),
}


@pytest.mark.usual("exit", "segmentation")
@pytest.mark.parametrize("how", ENDS)
def test_the_exit_of_a_process_has_its_source_line(tmp_path, how):
    statements, expected = ENDS[how]
    leave = "__attribute__((unused)) static void leave(void) { _exit(5); } // leave"
    body = f"{leave}\nint main(void) {{ {statements}\n}}\n"
    program = Program(tmp_path, body, "-g")
    assert [program.tags(events.Exit, level) for level in LEVELS] == [[expected]] * 3


def test_writes_of_stdio_at_the_end_belong_to_exit_or_to_the_end_of_main(tmp_path):
    body = r"""
int main(void) {
    printf("hello");
    if (fork() == 0) // birth
        exit(0); // exit
    wait(NULL); // wait
    fflush(stdout); // flush
    printf("again");
} // end
"""
    program = Program(tmp_path, body, "-g")
    assert program.tags(events.Write, "io", "P0") == ["flush", "end"]
    assert program.tags(events.Write, "io", "P1") == ["exit"]


@pytest.mark.parametrize("flags", [("-O0",), ("-O2",)])
@pytest.mark.parametrize(
    "call",
    [
        'system("true");',
        'pclose(popen("true", "r"));',
        'pid_t p; posix_spawn(&p, "/bin/true", 0, 0, (char *[]) {"true", 0}, environ);',
        'pid_t p = vfork(); if (p == 0) execl("/bin/true", "true", (char *) 0);',
    ],
)
def test_a_process_made_by_the_c_library_belongs_to_the_line_that_called_it(tmp_path, call, flags):
    program = Program(tmp_path, f"int main(void) {{ {call} // here\nwait(0); }}\n", "-g", *flags)
    found = program.record()
    forks = [e for e in found.events if isinstance(e.what, events.Fork) and e.proc == "P0"]
    assert [program.tag(event.at) for event in forks] == ["here"]
    execs = [e for e in found.events if isinstance(e.what, events.Exec) and e.proc == "P1"]
    assert program.tag(execs[0].at) == "here"


@pytest.mark.parametrize("flags", [("-O0",), ("-O2",)])
def test_a_call_in_a_signal_handler_belongs_to_its_line_and_the_next_to_its_own(tmp_path, flags):
    body = r"""
static volatile int calls;
static void handler(int n) {
    write(1, "h", 1); // handler
    write(1, "i", 1); // again
    calls++;
}
int main(void) {
    signal(SIGUSR1, handler);
    raise(SIGUSR1); // raise
    write(1, "m", 1); // main
    return 0;
}
"""
    program = Program(tmp_path, body, "-g", *flags)
    assert program.tags(events.Write, "io") == ["handler", "again", "main"]
    assert program.tags(events.SignalSend, "io") == ["raise"]


def test_an_end_inside_a_handler_is_followed_through_the_frame_of_the_signal(tmp_path):
    # A handler that is a library function has no source line.
    body = r"""
int main(void) {
    signal(SIGUSR1, (void (*)(int)) _exit);
    raise(SIGUSR1); // raise
    return 0;
}
"""
    assert Program(tmp_path, body, "-g").tags(events.Exit) == [None]
    body = r"""
static volatile int calls, *volatile nowhere = (volatile int *) 8;
static void handler(int n) {
    raise(SIGKILL); // handler
    calls++;
}
int main(void) {
    signal(SIGSEGV, handler);
    *nowhere = 1; // fault
    return 0;
}
"""
    program = Program(tmp_path, body, "-g", "-O2")
    assert program.tags(events.SignalSend) == ["handler"]
    assert program.tags(events.Exit) == ["handler"]


@pytest.mark.usual
def test_inlined_code_of_a_system_header_belongs_to_the_calling_line(tmp_path):
    body = r"""
__attribute__((noinline)) static int take(int fd, char *where, size_t count) {
    volatile int got = read(fd, where, count); // read
    return got;
}
static inline int birth(void) {
    return fork(); // birth
}
int main(int argc, char **argv) {
    char room[64];
    int end = open("/dev/null", O_RDONLY);
    take(end, room, argc * 10);
    if (birth() == 0)
        _exit(0); // exit
    wait(NULL); // wait
    return 0;
}
"""
    program = Program(tmp_path, body, "-g", "-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2")
    found = program.record("io")
    [birth] = [e.at for e in found.events if isinstance(e.what, events.Fork)]
    assert (program.tag(birth), birth.function) == ("birth", "birth")
    assert "read" in program.tags(events.Read, "io")


# ------------------------------------------------------------------- what is not known is not told


@pytest.mark.usual("flags0")
@pytest.mark.parametrize("flags", [("-g0",), ("-g", "-s")])
def test_without_debug_information_there_is_no_line_but_a_note(tmp_path, flags):
    found = Program(tmp_path, LIFE, *flags).record()
    assert [event.at for event in found.events if event.at is not None] == []
    assert found.sources == {}
    assert found.notes == (
        "race has no debug information: compile it with -g to see its source lines",
    )


@pytest.mark.usual
def test_a_source_that_was_changed_after_the_compilation_or_is_too_large_is_not_shown(tmp_path):
    program = Program(tmp_path, LIFE, "-g")
    built = os.stat(program.path).st_mtime
    os.utime(program.source, (built + 5, built + 5))
    found = program.record()
    assert found.sources == {}
    assert found.notes == (
        "race.c was changed after race was compiled: its lines may not fit, and its text is not "
        "recorded; compile it again",
    )
    found = Program(tmp_path, LIFE + "//" + "x" * (256 << 10) + "\n", "-g").record()
    assert found.sources == {}
    assert found.notes == ("the text of race.c is not recorded: it is too large",)
    # System programs cause no note about missing debug information.
    assert recorded("sh", "-c", "ls / | wc -l", with_lines=True).notes == ()


def test_a_fifo_or_a_file_that_is_not_a_source_is_not_read(tmp_path):
    program = Program(tmp_path, LIFE, "-g")
    program.source.unlink()
    os.mkfifo(program.source)
    os.utime(program.source, (0, 0))
    found = program.record()
    assert found.sources == {}
    assert "birth" in [program.tag(event.at) for event in found.events]
    odd = tmp_path / "secret.txt"
    odd.write_text("#include <unistd.h>\nint main(void) { return fork() < 0; }\n")
    assert recorded(compile_c(odd, tmp_path / "odd", "-g", "-xc"), with_lines=True).sources == {}


def test_the_reader_of_debug_information_is_loaded_for_programs_that_have_some(tmp_path):
    program = Program(tmp_path, LIFE, "-g")
    simpsh = [sys.executable, "-X", "importtime", "-m", "simpsh"]
    for command, is_loaded in (("true", False), (program.path, True)):
        done = run_command([*simpsh, "trace", "-o", str(tmp_path / "run.jsonl"), command])
        assert ("elftools" in done.stderr) is is_loaded
