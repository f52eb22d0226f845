"""Rule 4: memory is copied at fork, not shared.

A new process starts with the same variables, at the same addresses, with the same contents.
From then on there are two of each: what one process writes, the other never sees.  The kernel
is lazy about it.  It copies nothing at fork; it waits for the first write to a page, and then
copies that one page.
"""

from __future__ import annotations

import mmap
import os

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Lesson,
    Predict,
    Run,
    Say,
    Show,
    Try,
    all_of,
    anyone_but,
    at,
    before,
    delete,
    happens,
    insert,
    none_of,
    output,
    processes,
    replace,
    unordered,
)

parent, child, shell = processes("parent", "child", "shell")


# --- 1. A variable ---------------------------------------------------------------------------
def change_a_copy() -> None:
    """The child changes x; then the parent looks at its own."""
    x = 1
    child = os.fork()
    if child == 0:  # in the child
        x = x + 1
        print("child:  x =", x, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    print("parent: x =", x, flush=True)


# --- 2. The heap: one address, two contents ------------------------------------------------------
def same_address() -> None:
    """One page of memory, written to by the child."""
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    page[:5] = b"draft"
    child = os.fork()
    if child == 0:  # in the child
        page[:5] = b"FINAL"  # ① nobody has written yet
        os._exit(0)  # ② the child has written
    os.waitpid(child, 0)
    print(page[:5].decode(), flush=True)  # ③ the child is gone


# --- Worlds in which it is not so: each claim must notice them ----------------------------------
branches_swapped = replace("child == 0", "child != 0")
child_looks_first = delete("os.waitpid(child, 0)")
memory_shared = replace("mmap.MAP_PRIVATE", "mmap.MAP_SHARED")
page_elsewhere = insert("page = mmap.mmap(-1, 4096)", above='page[:5] = b"FINAL"')
written_too_early = insert('page[:5] = b"early"', above="if child == 0:")


# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="rule-4-copied",
    title="Rule 4: memory is copied, not shared",
    minutes=7,
    chapter="fork",
    requires=["rule-3-parallel"],
    remember="fork gives the child a copy of everything; the copying itself is put off until "
    "someone writes.",
    good_for="A child may spoil its memory as it likes: the parent cannot notice. That is why a "
    "browser gives each page a process, and a server each customer.",
    read_on=("fork(2), “Copy-on-write”", "mmap(2)", "proc_pid_pagemap(5)"),
    steps=[
        Say(
            "After `fork` there are two processes, and one piece of code names the variables of "
            "both. Does `x` mean the same thing in each of them?"
        ),
        Predict(
            "What does the **parent** print?",
            Choice(
                "parent: x = 1",
                parent.prints("parent: x = 1"),
                "There are two variables called x. The child added 1 to its own.",
            ),
            Choice(
                "parent: x = 2",
                parent.prints("parent: x = 2"),
                "It would be 2 if both were threads of one process: threads share memory, "
                "processes do not. The name x is the same, the memory behind it is not.",
            ),
            Choice(
                "1 or 2, depending on who is quicker",
                unordered(child.writes(), parent.writes()),
                "The order is fixed here: the parent waits for the child first. And even if it "
                "did not, no order of events lets it see the child's x.",
            ),
            Choice(
                "nothing: x went with the child",
                none_of(parent.prints("parent: x = 1"), parent.prints("parent: x = 2")),
                "os._exit ends the child and gives back the child's memory. The parent's x was "
                "never part of it.",
            ),
        ),
        Run(
            change_a_copy,
            id="variable",
            watch=("x",),
            facts=("rule4-data-copied",),
            claims=[
                Claim(
                    "The child has 2.",
                    child.prints("child:  x = 2"),
                    wrong=replace("x = x + 1", "x = x"),
                ),
                Claim(
                    "The parent still has 1.",
                    parent.prints("parent: x = 1"),
                    wrong=branches_swapped,
                    facts=("rule4-data-copied",),
                ),
                Claim(
                    "The parent looked after the child had written: it is not a matter of who "
                    "was quicker.",
                    before(child.writes("x = 2"), parent.writes("x = ")),
                    wrong=child_looks_first,
                ),
            ],
        ),
        Say(
            "Now one page of memory, 4096 bytes, in the heap. Everybody is held at ①, at ② and "
            "at ③, and we look into both processes."
        ),
        Predict(
            "At ② the child has written FINAL. What is now in the **parent**, at **the same "
            "address**?",
            Choice(
                "draft",
                at("②", parent.value("page") == "draft"),
                "An address is a number that each process looks up in a page table of its own.",
            ),
            Choice(
                "FINAL",
                at("②", parent.value("page") == "FINAL"),
                "That would be so if an address named a place in the machine's memory. It names "
                "a place in the memory *of a process*; each has its own table to look it up in.",
            ),
            Choice(
                "it cannot happen: two processes never have the same address",
                at("②", child.address("page") != parent.address("page")),
                "They have: the child is an exact copy, so everything in it is where it was in "
                "the parent.",
            ),
        ),
        Run(
            same_address,
            id="address",
            watch=("page",),
            facts=("rule4-data-copied",),
            claims=[
                Claim(
                    "The address is the same number in both processes.",
                    at("②", child.address("page") == parent.address("page")),
                    wrong=page_elsewhere,
                    facts=("rule4-data-copied",),
                ),
                Claim(
                    "Before anybody writes, both use the same page of physical memory: fork "
                    "copied nothing.",
                    at("①", all_of(child.shares_page("page"), parent.shares_page("page"))),
                    wrong=written_too_early,
                    facts=("cow-page-frames",),
                ),
                Claim(
                    "The child's write gave the child a page of its own.",
                    at("②", child.owns_page("page")),
                    wrong=memory_shared,
                    facts=("cow-page-frames",),
                ),
                Claim(
                    "It is another page of the machine's memory.",
                    at("②", child.page_number("page") != parent.page_number("page")),
                    wrong=memory_shared,
                    needs=("page numbers",),
                    facts=("cow-page-frames",),
                ),
                Claim(
                    "The parent's text is untouched.",
                    at("②", parent.value("page") == "draft"),
                    wrong=memory_shared,
                    facts=("rule4-data-copied",),
                ),
            ],
        ),
        Show(
            "memory",
            of="address",
            text="Read the last column downwards. At ① there is **one** page for both: fork "
            "copied nothing. The first write, between ① and ②, made the copy. That is *copy on "
            "write*.",
        ),
        Ask(
            "One word is changed: the page is **MAP_SHARED**. What does the parent find in it at "
            "the end?",
            answer=parent.output,
            because="A shared mapping is left out of the copying: both page tables go on naming "
            "one page, whoever writes.",
            near={
                "draft": "So it would be in a private page, as before. Memory *can* be shared, "
                "but only if a program says so.",
            },
        ),
        Run(
            same_address,
            id="shared",
            edit=memory_shared,
            watch=("page",),
            facts=("shared-on-purpose",),
            claims=[
                Claim(
                    "The parent sees what the child has written.",
                    parent.prints("FINAL"),
                    wrong=replace("mmap.MAP_SHARED", "mmap.MAP_PRIVATE"),
                    facts=("shared-on-purpose",),
                ),
                Claim(
                    "After the write both still use one page.",
                    at("②", all_of(child.shares_page("page"), parent.shares_page("page"))),
                    wrong=replace("mmap.MAP_SHARED", "mmap.MAP_PRIVATE"),
                    facts=("shared-on-purpose",),
                ),
            ],
        ),
        Try(
            "A shell's parentheses are a fork. Type a line that sets `x` to 1, changes it to 2 "
            "inside `( … )`, prints it there, and prints it again outside.",
            expect=all_of(output == "2\n1\n", happens(anyone_but(shell).forks())),
            hint="x=1; ( … ; echo $x ); echo $x",
            solution="x=1; (x=2; echo $x); echo $x",
            wrong=["x=1; { x=2; echo $x; }; echo $x", "x=1; (x=2); echo 2; echo $x"],
            praise="The parentheses ran in a copy of the shell; its x went away with it.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
