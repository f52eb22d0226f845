"""Copy-on-write: the kernel copies a page when a process writes to it."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Show, delete, insert, replace,
)

written_too_early = insert('page[:5] = b"early"', above="if child == 0:")
early_in_malloc = insert('page.value = b"early"', above="if child == 0:")
memory_shared = replace("mmap.MAP_PRIVATE", "mmap.MAP_SHARED")
shared_block = replace("libc.malloc(3 * PAGE)", "libc.mmap(None, 3 * PAGE, 3, 0x21, -1, 0)")

lesson = Lesson(
    Say("""The kernel manages memory in *pages*, on most machines of 4096 bytes, on some of 16 or 64
        KiB. A *page table* says for each process which page of physical memory an address means.
        The lesson stops the child at ① and at ②, and reads both tables."""),
    Predict("""At ① neither of the two has written since the fork. How many pages of **physical**
        memory hold the text?""",
        Choice("one, used by both processes",
            "at(1).child.page('page').shared and at(1).parent.page('page').shared",
            """`fork` copied the page table only. Both tables name the same page, and both mark the
            page as read-only."""),
        Choice("two, one for each process",
            "not at(1).child.page('page').shared and not at(1).parent.page('page').shared",
            """By rule 4 each process has its own contents. The kernel makes the second page only at
            the first write, and no process has written yet."""),
        Choice("one, for the parent alone",
            "not at(1).parent.page('page').shared and not at(1).child.page('page').shared",
            """Then a read in the child would fail, or wait for the page. The child can read all
            memory at once, because its page table is a copy."""),
        hint="A copy is needed only if two processes see different contents."),
    Run("page",
        Claim("At ① both processes use the same page of physical memory.",
            "at(1).child.page('page').shared and at(1).parent.page('page').shared",
            wrong=written_too_early),
        Claim("At ② the child has a page of its own: the kernel copied the page at its write.",
            "not at(2).child.page('page').shared",
            wrong=memory_shared),
        Claim("The parent's text is unchanged.",
            "at(2).parent['page'] == 'draft'",
            wrong=memory_shared),
        watch=["page"]),
    Show("memory",
        of="page",
        text="""Read the last column downwards. At ① there is **one** page for both. The write of
        the child hits a read-only page: a *page fault*. The kernel copies the page, and the child
        continues. That is *copy-on-write*."""),
    Predict("""That page came from `mmap`. Now the memory comes from `malloc`, from the *heap*.
        **When** does the kernel copy the page now?""",
        Choice("never, both have one heap",
            "at(2).parent['page'] == 'FINAL'",
            """Two **threads** share one heap. Two processes have two heaps, which are equal at the
            fork and independent after it."""),
        Choice("at the fork, for the child",
            "not at(1).child.page('page').shared and not at(1).parent.page('page').shared",
            """The kernel would have to know `malloc`. It knows pages only; `malloc` is a function
            of the C library that divides pages into blocks."""),
        Choice("at the write, as before",
            "not at(2).child.page('page').shared and at(2).parent['page'] == 'draft'",
            """The kernel treats all private memory alike: heap, stack, variables and private
            mappings."""),
        hint="Which of the two does the kernel know: pages, or the blocks of `malloc`?"),
    Run("malloc",
        Claim("Before the write both use one page of the heap.",
            "at(1).child.page('page').shared and at(1).parent.page('page').shared",
            wrong=early_in_malloc),
        Claim("After the write the child has its own page.",
            "not at(2).child.page('page').shared",
            wrong=shared_block),
        Claim("The parent's text is unchanged.",
            "at(2).parent['page'] == 'draft'",
            wrong=shared_block),
        watch=["page"]),
    Say("""So the kernel copies the page tables at the fork, and a *page* later, at its first write.
        Each such write is a page fault, and `getrusage` counts the faults of a process."""),
    Predict("""A list has 50 000 numbers. The child only **looks** at each number. Which pages does
        the kernel copy, those of the list or those of the numbers?""",
        Choice("the pages of the numbers",
            "row('at 50 000 numbers').child['copied'] > 150",
            """Python counts one reference more while it looks at an object, and then one less.
            These are two writes."""),
        Choice("the pages of the list",
            """row('at 50 000 numbers').child['copied'] > 90 and row('at 50 000
            numbers').child['copied'] <= 150""",
            """The list contains only addresses, and the child does not change them. The counters
            are in the numbers themselves."""),
        Choice("neither numbers nor list",
            "row('at 50 000 numbers').child['copied'] < 100",
            """For bytes in one piece, or for a C program, you are right. A Python object contains a
            counter of its references, and Python writes to it."""),
        hint="How does Python know when it can remove an object?"),
    Compare(
        Run("reader"),
        Claim("""Python counts a reference for each object that it looks at. This is a write, so the
            kernel copies the page. Bytes in one piece are read without a write.""",
            """row('at 50 000 numbers').child['copied'] > 150 and row('at bytes of the same
            size').child['copied'] < 100"""),
        Claim("The garbage collector also writes to each object that it looks at.",
            "row('for garbage: gc.collect()').child['copied'] > 150"),
        id="readers",
        title="the child only looks",
        rows={
            "at bytes of the same size": replace(
                "list(map(float, range(1, 50001)))",
                "bytes(range(1, 201)) * 6000"),
            "at 50 000 numbers": Edit(),
            "for garbage: gc.collect()":
                replace("all(things)", "gc.collect()") +
                    replace("list(map(float, range(1, 50001)))", "list(map(list, [()] * 20000))")},
        columns={"faults in the child": "child['copied']"},
        needs=["small pages", "getrusage"]),
    Repair("repair",
        """The child writes a number to a page of memory, and prints it. The parent should print the
        same number from the page. It prints `draft`. Fix it.""",
        Claim("The parent prints the number that the child has written.",
            "output[:5].isdigit() and output == output[:5] * 2",
            wrong=[
                replace("mmap.MAP_SHARED", "mmap.MAP_PRIVATE"),
                delete("time.perf_counter_ns()")],
            hint="""The kernel copies a private page for the process that writes. Which flag makes a
            page that both processes keep?"""),
        Claim("The child has ended when the parent prints.",
            "before(child.ends, parent.writes())",
            wrong=delete("os.waitpid(child, 0)"),
            hint="Keep the wait: the parent prints when the child has written."),
        fix=memory_shared,
        fix_in_c=replace("MAP_PRIVATE", "MAP_SHARED"),
        hint="Which process got a new page at the child's write?",
        praise="Both page tables lead to one page, and the kernel copied nothing."),
    remember="""`fork` does not copy pages. The first write to a shared page copies that one page,
    and Python writes when it reads.""",
    good_for="""`fork` is fast although a process may be large. A server in Python loads its data
    and forks workers; later each worker has its own copy, although none has changed the data.
    `gc.freeze()` before the fork keeps the garbage collector from writing, but not the reference
    counts.""",
    requires=["rule-4-copied"],
    read="fork(2); proc(5), /proc/PID/pagemap; getrusage(2); Arpaci-Dusseau, OSTEP, chapter 23",
)
