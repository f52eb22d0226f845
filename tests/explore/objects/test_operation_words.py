"""Each operation has its words, as they are shown in an order of steps."""

import pytest

from simpsh.explore.objects.file_operations import FileLook, Flock
from simpsh.explore.objects.kernel_state import Operation
from simpsh.explore.objects.memory_operations import Load, Store, Update
from simpsh.explore.objects.name_words import PLAIN
from simpsh.explore.objects.process_operations import (
    Born,
    Dying,
    Exec,
    Exit,
    Exiting,
    Forking,
    GetParent,
    GivingUp,
    OwnCall,
    Unwatched,
    VforkWait,
    Wait,
)
from simpsh.explore.objects.signal_operations import (
    AskPending,
    Continues,
    Deliver,
    GetGroup,
    Kill,
    KillOn,
    NewSession,
    Pause,
    Rings,
    SetGroup,
    SetTimer,
    SignalAction,
    SignalMask,
    Stopped,
    Stops,
    Suspend,
    TakeSignal,
)
from simpsh.explore.objects.symbolic_names import ANY, OwnFile, Region
from simpsh.explore.objects.system_v_operations import (
    GetObject,
    Message,
    ReadSemaphores,
    ReceiveMessage,
    RemoveObject,
    SemaphoreChange,
    SendMessage,
    SetSemaphores,
)
from simpsh.explore.objects.virtual_clock import ReadClock, Sleep

MEMORY, FILE = Region("P0", 1), OwnFile("f")
ROWS: list[tuple[Operation, str]] = [
    (Born(), "begins"),
    (Forking(is_vfork=False), "forks"),
    (VforkWait("P1"), "waits in vfork for P1 to exec or end"),
    (OwnCall("getpid", ()), "calls getpid"),
    (Exec("ls"), "executes ls"),
    (Exiting(3), "calls exit with 3"),
    (GivingUp(), "gives up descriptors"),
    (Dying(15), "dies of SIGTERM"),
    (Exit(0x300), "ends (normal termination: exit status: 3)"),
    (Exit(9), "ends (abnormal termination: killer signal: 9 (SIGKILL))"),
    (GetParent(), "asks who its parent is"),
    (Unwatched("splice"), "is in splice, which is not followed"),
    (Unwatched(""), "computes endlessly"),
    (Wait("P1", 0), "waits for P1"),
    (Wait("P1", 1), "checks whether P1 has ended"),
    (Wait(ANY, 0), "waits for a child"),
    (SignalMask(frozenset((12, 10))), "blocks SIGUSR1, SIGUSR2"),
    (SignalMask(frozenset(range(1, 32))), "blocks signals"),
    (SignalMask(frozenset()), "blocks no signal"),
    (SignalAction(2, "default"), "lets SIGINT act by default"),
    (Kill("P1", 15), "sends SIGTERM to P1"),
    (Kill("P1", 0), "checks whether P1 exists"),
    (KillOn(15, ("P1", "P2")), "sends SIGTERM on to P1"),
    (SetGroup("P1", "P1"), "puts P1 into a group of its own"),
    (NewSession(), "begins a session"),
    (GetGroup("P1", "pgid"), "asks for the pgid of P1"),
    (Stopped(19), "is stopped by SIGSTOP until SIGCONT continues it"),
    (Continues(), "continues"),
    (Stops(20), "tells its parent that SIGTSTP has stopped it"),
    (Pause(), "pauses until a signal comes"),
    (Suspend(frozenset((2,))), "waits for a signal (sigsuspend)"),
    (TakeSignal((2,), None), "waits for SIGINT (sigwait)"),
    (TakeSignal((2,), 5), "looks for SIGINT (sigwait)"),
    (AskPending(), "asks which signals are pending"),
    (Deliver(), "takes its pending signal first"),
    (SetTimer(1000, is_made=True), "sets its alarm"),
    (SetTimer(0, is_made=True), "cancels its alarm"),
    (Rings(), "has its alarm ring"),
    (Sleep(1500), "sleeps"),
    (ReadClock(0), "reads the clock"),
    (FileLook("stat", FILE), "looks at f (stat)"),
    (Flock(FILE, 2, "1"), "locks f"),
    (Load(MEMORY, 4, 8), "loads 8 bytes of shared memory at 4"),
    (Store(MEMORY, 4, 1), "stores 1 byte of shared memory at 4"),
    (Update(MEMORY, 4, 4), "updates 4 bytes of shared memory at 4 atomically"),
    (GetObject("sem", 5, 0, 1), "asks for a sem with key 0x5"),
    (RemoveObject("sem", 1), "removes sem 1"),
    (SemaphoreChange(1, ((0, -1, 0),)), "takes 1 from semaphore 0 of set 1"),
    (SetSemaphores(1, 0, (3,)), "sets semaphore 0 of set 1 to 3"),
    (ReadSemaphores(1, 0), "reads semaphore 0 of set 1"),
    (SendMessage(1, Message(7, (), 2), waits=True), "sends 2 bytes of type 7 to queue 1"),
    (ReceiveMessage(1, 0, 5, 0), "receives a message from queue 1"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row[0]).__name__)
def test_an_operation_has_its_words(row):
    operation, words = row
    assert operation.words(PLAIN) == words
