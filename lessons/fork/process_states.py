"""Not every process wants a processor: the states of a process.

What does the kernel say about a process that computes, sleeps, is stopped or has ended?  The kernel
keeps a state for each process, and `ps` shows it as a letter.  R runs or is ready to run, S sleeps,
T is stopped, Z has ended and is not collected.  Only a process in R needs a processor.
"""

from __future__ import annotations

import os
import signal

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Lesson,
    LineRun,
    NotShown,
    Predict,
    Repair,
    Run,
    Say,
    Show,
    Try,
    asked,
    delete,
    reads_own_status,
    replace,
    shown_output,
)


# --- 1. Three children in three states -----------------------------------------------------------
def letters() -> None:
    """Three children; then the parent reads its own state."""
    asleep = os.fork()
    if asleep == 0:
        signal.pause()
    stopped = os.fork()
    if stopped == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
    dead = os.fork()
    if dead == 0:
        os._exit(0)
    stat = os.open("/proc/self/stat", os.O_RDONLY)  # ①
    os.write(1, os.read(stat, 4096).split()[2])


# --- 2. A child reads the state of its parent ----------------------------------------------------
def looks_up() -> None:
    """The parent waits, and the child reads the parent's state."""
    child = os.fork()
    if child == 0:  # in the child
        name = f"/proc/{os.getppid()}/stat"  # ① the parent waits
        stat = os.open(name, os.O_RDONLY)
        os.write(1, os.read(stat, 4096).split()[2])
        os._exit(0)
    os.waitpid(child, 0)


# --- A program to repair ------------------------------------------------------------------------
def read_own_state() -> None:
    """A process with a strange name reads its own state."""
    os.write(os.open("/proc/self/comm", os.O_WRONLY), b"a) S (b")  # its name
    stat = os.open("/proc/self/stat", os.O_RDONLY)
    text = os.read(stat, 4096)
    os.write(1, text.rpartition(b")")[2].split()[0])


second_word = replace('text.rpartition(b")")[2].split()[0]', "text.split()[2]")


# --- What the task asks --------------------------------------------------------------------------
def program_reads_itself(line: LineRun) -> str:
    """A process that executed a program reads its own status."""
    readers = [name for name in line.readers("State:") if line.programs(name)]
    if any(reads_own_status(line, name) for name in readers):
        return ""
    return "it read the status of another process" if readers else "no program read a status"


def state_is_printed(line: LineRun) -> str:
    """The output has the line, from the file."""
    if not [row for row in line.lines if row.startswith("State:")]:
        return f"printed: {shown_output(line)}"
    return "" if line.is_passed_on("State:") else "the line that was printed was typed"


# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="process-states",
    title="The states of a process",
    minutes=5,
    chapter="fork",
    requires=["rule-3-parallel"],
    remember="Among the states are: R runs or is ready, S sleeps, T is stopped, Z has ended and is "
    "not collected.",
    good_for="A slow machine: `ps -eo pid,stat,comm` shows which processes really run (R). A "
    "program that hangs is usually in S, and waits for something that never comes.",
    read_on=("proc(5), /proc/PID/stat", "ps(1), PROCESS STATE CODES", "signal(7)"),
    steps=[
        Say(
            "By rule 3 many processes can run at the same time. Most processes do not run: they "
            "wait for a key, a packet or a child. The kernel keeps a *process state* for each, "
            "and shows it in `/proc/PID/stat` as a letter."
        ),
        Ask(
            "At ① one child waits for a signal, one is stopped, one has ended. Then the parent "
            "reads **its own** state. Which letter does the parent read?",
            answer="parent.output",
            because="R means: the process runs, or is ready to run. A process that reads its own "
            "state is running while it reads.",
            near={"S": "S means: the process sleeps. To read its own state, a process must run."},
            hint="What does a process do at the moment in which it reads a file?",
        ),
        Run(
            letters,
            id="letters",
            leaves=["asleep", "stopped", "dead"],
            claims=[
                Claim(
                    "At ① the child that waits is S, the stopped one is T, and the one that has "
                    "ended is Z. None of the three needs a processor.",
                    "at(1).asleep.state == 'S' and at(1).stopped.state == 'T' and "
                    "at(1).dead.state == 'Z'",
                    wrong=[
                        replace("signal.SIGSTOP", "signal.SIGKILL"),
                        replace("signal.pause()", "os._exit(0)"),
                        replace("os._exit(0)", "signal.pause()"),
                    ],
                ),
                Claim(
                    "The parent read R: it was running.",
                    "parent.output == 'R'",
                    wrong=replace('"/proc/self/stat"', 'f"/proc/{asleep}/stat"'),
                ),
            ],
        ),
        Show(
            "family",
            of="letters",
            at="①",
            text="`ps -o pid,stat,comm` shows the same letters. The lesson stops the parent at ① "
            "in order to look, so the picture shows the parent as **held**.",
        ),
        Predict(
            "Now the parent waits for its child in {line:os.waitpid}. The **child** reads the "
            "state of the **parent**. Which letter is it?",
            Choice(
                "R: the parent is alive",
                "child.output == 'R'",
                "R does not mean “alive”: it says that a process runs or is ready to run. The "
                "parent is alive, but cannot continue before the child ends.",
            ),
            Choice(
                "S: the parent sleeps and waits",
                "child.output == 'S'",
                "`waitpid` puts the parent to sleep until a child ends. A process in S needs no "
                "processor, however long it waits.",
            ),
            Choice(
                "T: the parent is stopped",
                "child.output == 'T'",
                "In T a process is stopped by a *signal*, and waits for SIGCONT. The parent called "
                "`waitpid` itself, and waits for its child.",
            ),
            Choice(
                "D: no signal wakes the parent",
                "child.output == 'D'",
                "D is a sleep that a handler cannot interrupt, for example a short wait for a "
                "disk. A wait for a child can be ended by a signal, so it is S.",
            ),
            hint="Does the parent use the processor while it waits? Could ^C end its wait?",
        ),
        Run(
            looks_up,
            id="looks-up",
            may_print=["S", "R"],
            claims=[
                Claim(
                    "The child read S: a parent that waits for a child sleeps.",
                    "child.output == 'S'",
                    wrong=replace('f"/proc/{os.getppid()}/stat"', '"/proc/self/stat"'),
                )
            ],
        ),
        NotShown(
            "More letters. **D** is a sleep that no handler interrupts; on Linux a deadly signal "
            "ends some of these sleeps. The parent of a `vfork` child is in D, too. **t** is a "
            "process that a debugger has stopped. A lesson stops processes in the same way, and "
            "its pictures call this state “held”. **I** is an idle thread of the kernel, and **X** "
            "a process that is being removed."
        ),
        Try(
            (
                "`/proc/self` is the directory of the process that looks. Guess the letter "
                "first; then type a line in which:"
            ),
            asks={
                "a program reads its own `/proc/self/status`": asked(program_reads_itself),
                "the line with its `State` is printed": asked(state_is_printed),
            },
            hint="`grep WORD FILE` prints the lines of a file that contain a word.",
            solution="grep State /proc/self/status",
            wrong={
                "grep Name /proc/self/status": "This prints the name of the program. The state is "
                "in another line of the same file.",
                "grep State /proc/self/stat": "The file `stat` has the letter, but not the word "
                "`State`. The task asks for a line of `status`.",
                "printf 'State:\\tR (running)\\n'": "This prints the words without a look at any "
                "process. The line must come from the kernel's file.",
            },
            note="R: a process that reads its own state is running.",
        ),
        Repair(
            Run(
                read_own_state,
                id="repair",
                claims=[
                    Claim(
                        "It prints R.",
                        "output == 'R'",
                        wrong=[
                            second_word,
                            replace("rpartition", "partition"),
                            replace(".split()[0]", ""),
                        ],
                        hint="The name is in parentheses, and may contain blanks and "
                        "parentheses itself. Which `)` is the last one?",
                    ),
                    Claim(
                        "It has read its state from the kernel's file.",
                        "parent.reads('R ')",
                        wrong=[
                            delete("text = ")
                            + replace('text.rpartition(b")")[2].split()[0]', 'b"R"')
                        ],
                        hint="Keep `/proc/self/stat`: only its words are counted wrongly.",
                    ),
                ],
            ),
            task="This process gives itself the name `a) S (b`. Then it reads its state, and "
            "prints S, although it runs. It should print R. Fix it.",
            broken=second_word,
            broken_in_c=replace("memrchr", "memchr"),
            hint="proc(5) shows the line: `42 (name) R 1 …`. Where does the name end?",
            praise="The state is the first word after the last `)`. A name may contain all other "
            "characters.",
        ),
    ],
)
