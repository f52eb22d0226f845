"""Hand-written runs for drawings, made of events without real processes."""

from simpsh.base import waits
from simpsh.base.events import (
    CallSite,
    Event,
    Exec,
    ExecError,
    Exit,
    Fork,
    Pipe,
    Read,
    Reap,
    Reparent,
    Rest,
    SignalDeliver,
    SignalSend,
    Start,
    Stop,
    Wait,
    WaitReturn,
    What,
    Write,
)
from simpsh.base.record import changed
from simpsh.base.targets import File, Member, Outsider, PipeEnd, Recorder
from simpsh.base.waits import Wait as Waiting
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import Chronicle

ROOT = 100


class Story:
    """Builds a run from events at intervals of one millisecond."""

    def __init__(self, level: str = "calls") -> None:
        self.level = level
        self.events: list[Event] = []
        self.names = {ROOT: "P0"}
        self.tell(ROOT, Start(1, ("sh", "-c", "story")))

    def tell(self, pid: int, what: What, at: CallSite | None = None) -> None:
        seq = len(self.events) + 1
        name = self.names.get(pid, "")
        self.events.append(Event(pid, what, seq * 1_000_000, seq, name, 0, at))

    def fork(self, parent: int, child: int) -> None:
        self.names[child] = f"P{len(self.names)}"
        self.tell(parent, Fork(child, self.names[child]))

    def end(self, pid: int, status: int = 0, parent: int = ROOT) -> None:
        self.tell(pid, Exit(status))
        self.tell(parent, WaitReturn(pid, self.names[pid], status))
        self.tell(parent, Reap(pid, self.names[pid], Member(self.names[parent])))

    def finish(self) -> Chronicle:
        self.tell(ROOT, Exit(0))
        self.tell(1, Reap(ROOT, "P0", Recorder("simpsh")))
        return self.chronicle()

    def chronicle(self, **sources: str) -> Chronicle:
        return chronicle_of(self.events, self.level, sources=sources)


def pipeline() -> Chronicle:
    """`ls | wc`: three processes, one pipe."""
    story = Story()
    story.tell(ROOT, Pipe(3, 4, "77", "A"))
    story.fork(ROOT, 101)
    story.fork(ROOT, 102)
    story.tell(ROOT, Wait(-1))
    story.tell(
        101,
        Exec(
            ("ls", "/"), "/bin/ls", ((1, PipeEnd("77", "w")),), ((0, File("/dev/tty", "terminal")),)
        ),
    )
    story.tell(
        102,
        Exec(
            ("wc", "-l"),
            "/bin/wc",
            ((0, PipeEnd("77", "r")),),
            ((1, File("/dev/tty", "terminal")),),
        ),
    )
    story.end(101)
    story.tell(ROOT, Wait(-1))
    story.end(102, 0x0300)
    return story.finish()


def crowd(count: int) -> Chronicle:
    """`count` processes that are alive at the same time."""
    story = Story()
    for number in range(count):
        story.fork(ROOT, 101 + number)
    story.tell(ROOT, Wait(-1))
    for number in range(count):
        story.tell(101 + number, Exec(("sleep", "1"), "/bin/sleep"))
    for number in range(count):
        story.end(101 + number, number % 2 * 0x0100)
    return story.finish()


def hang() -> Chronicle:
    """A reader that hangs because it holds the write end itself."""
    story = Story("io")
    story.tell(ROOT, Pipe(3, 4, "77", "A"))
    story.fork(ROOT, 101)
    story.tell(ROOT, Write(4, 2, "77", "hi"))
    story.tell(ROOT, Wait(-1))
    story.tell(101, Read(3, 2, "77", 0, "hi"))
    reads = Waiting(waits.EMPTY_PIPE, PipeEnd("77", "r"))
    story.tell(ROOT, Rest((("P0", Waiting(waits.CHILD)), ("P1", reads))))
    return story.chronicle()


def varied() -> Chronicle:
    """A stop, a kill, an orphan, a zombie that is never reaped, a failed exec."""
    story = Story()
    story.fork(ROOT, 101)
    story.tell(101, ExecError("/nosuch", 2))
    story.tell(
        101,
        Exec(
            ("sleep", "9"),
            "/bin/sleep",
            (),
            ((1, File("/tmp/out")), (0, File("/dev/null", "device"))),
        ),
    )
    story.tell(ROOT, SignalSend(101, 19))
    story.tell(101, Stop(19))
    story.tell(101, SignalDeliver(18, 0))
    story.fork(101, 102)
    story.end(101, 9)
    story.tell(102, Reparent(101, 1, Outsider("init", 1)))
    story.tell(102, ExecError("/nosuch", 2))
    story.tell(102, Exit(0x0500))
    return story.finish()


def one_after_another(count: int, *, with_exec: bool = True) -> Chronicle:
    """A loop of `count` commands; without exec each process has three steps."""
    story = Story()
    for pid in range(ROOT + 1, ROOT + 1 + count):
        story.fork(ROOT, pid)
        if with_exec:
            story.tell(ROOT, Wait(-1))
            story.tell(pid, Exec(("true",), "/bin/true"))
        story.end(pid)
    return story.finish()


SOURCE = """\
int main(void) {
\tint ends[2];
\tpipe(ends);
\tif (fork() == 0)
\t\twork(ends);
\twait(NULL);
}
"""
HELPER = "void work(int *ends) {\n    read(ends[0], text, 9);\n}\n"


def with_source() -> Chronicle:
    """Two processes with source lines in two files."""
    story = Story()
    story.tell(ROOT, Pipe(3, 4, "77", "A"), CallSite("main.c", 3, "main"))
    story.fork(ROOT, 101)
    story.events[-1] = changed(story.events[-1], at=CallSite("main.c", 4, "main"))
    story.tell(ROOT, Wait(-1), CallSite("main.c", 6, "main"))
    story.tell(101, Read(3, 2, "77", 0, "hi"), CallSite("work.c", 2, "work"))
    story.end(101)
    return story.chronicle(**{"main.c": SOURCE, "work.c": HELPER})


EVIL = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)>\"'&{{data}}"


def evil() -> Chronicle:
    """A run with markup in every field that the traced program controls."""
    story = Story("io")
    at = CallSite(EVIL, 1, EVIL)
    targets = ((0, File(EVIL)), (1, File(EVIL, EVIL)))
    story.tell(ROOT, Exec((EVIL, "\udcff\x00", "<!--"), EVIL, (), targets), at)
    story.tell(ROOT, Write(1, 9, "", "<b>&amp;"), at)
    story.names[101] = EVIL
    story.tell(ROOT, Fork(101, EVIL))
    story.tell(101, ExecError(EVIL, 2))
    story.tell(101, Reparent(ROOT, 1, Outsider(EVIL, 1)))
    story.tell(101, Rest(((EVIL, Waiting(waits.SOCKET, File(EVIL, "socket"))),)))
    return chronicle_of(story.events, "io", {EVIL: f"</pre>{EVIL}\n<!--"})
