"""The map of a process's memory: text, data, heap and stack."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Show, Task, delete, insert, replace, some,
)

code_writable = insert(
    "libc.mprotect(ctypes.c_void_p(CODE & -PAGE), PAGE, 7)",
    above='print("function')
child_makes_it_writable = insert(
    "libc.mprotect(ctypes.c_void_p(CODE & -PAGE), PAGE, 7)",
    above='code[0] = b"X"')
child_writes_code = insert(
    "libc.mprotect(ctypes.c_void_p(CODE & -PAGE), PAGE, 7)\ncode[0] = code[0]",
    above="os._exit(")
other_block = insert("heap = BYTES.from_address(libc.malloc(PAGE))", above="data[0] = heap[0]")


lesson = Lesson(
    Say("""A process has its code (the *text segment*) and its global variables in memory, a *heap*
        for `malloc`, and a *stack* for calls of functions. `/proc/PID/maps` is its *memory map*:
        each part with its addresses and rights. `r` is read, `w` write, `x` execute, `p` private.
        `part_of` looks for an address there."""),
    Predict("`malloc` returns a block of 100 bytes and one of 64 MB. Where is the large block?",
        Choice("in the part `[heap]`",
            "parent.prints('large block: rw-p [heap]')",
            """Small blocks are on the heap. For a large block `malloc` calls `mmap`, so that `free`
            can give the memory back to the kernel."""),
        Choice("in a part without a name",
            "parent.prints('large block: rw-p no name')",
            "For a large block `malloc` asks the kernel for a mapping of its own, with `mmap`."),
        Choice("in the part `[stack]`",
            "parent.prints('large block: rw-p [stack]')",
            """A local array of a C function would be there, until the function returns. Memory from
            `malloc` remains until `free`."""),
        hint="""The heap is one piece, which grows at its end. What would a `free` of 64 MB in its
        middle leave?"""),
    Run("places",
        Claim("""Code may be executed and not written: `r-x`. Variables may be written and not
            executed: `rw-`.""",
            "'function getpid: r-xp' in parent.output and 'global variable: rw-p' in parent.output",
            wrong=code_writable),
        Claim("The GNU C library takes the small block from the heap.",
            "parent.prints('small block: rw-p [heap]')",
            wrong=replace("libc.malloc(100)", "libc.malloc(100 * MB)"),
            needs=["glibc"]),
        Claim("The kernel puts the arguments of a program on its stack.",
            "parent.prints('argv[0]: rw-p [stack]')",
            wrong=replace("ARGV_0)", "libc.strdup(ctypes.c_void_p(ARGV_0)))")),
        shows="output"),
    Predict("""The child writes to the code of `getpid`, in a part with the rights `r-x`. **What
        happens?**""",
        Choice("an error raises an exception",
            "child.exits(1)",
            """A system call such as `read` into this page would fail with EFAULT. This write is no
            call: it is an instruction of the processor."""),
        Choice("a signal ends the child",
            "child.killed('SIGSEGV')",
            "The processor refuses the write, and the kernel sends SIGSEGV to the process."),
        Choice("the child changes its own copy",
            "child.exits(0)",
            """That is copy-on-write, for a part with the right `w`. This part lacks the right, so
            the kernel copies nothing."""),
        hint="A write to memory is an instruction, and no call that could return an error."),
    Run("code-page",
        Claim("SIGSEGV ends the child, because the part may not be written.",
            "child.killed('SIGSEGV')",
            wrong=child_makes_it_writable),
        id="code"),
    Predict("""At ① the child has read `code`, and written to the other three. Which of the four
        **addresses** differ between parent and child?""",
        Choice("all four of them",
            """not at(1).child.page('code').address == at(1).parent.page('code').address and not
            at(1).child.page('data').address == at(1).parent.page('data').address and not
            at(1).child.page('heap').address == at(1).parent.page('heap').address and not
            at(1).child.page('stack').address == at(1).parent.page('stack').address""",
            """After an exec all differ: a new program gets a new map, at random addresses. `fork`
            copies the map as it is."""),
        Choice("the three it has written",
            """at(1).child.page('code').address == at(1).parent.page('code').address and not
            at(1).child.page('data').address == at(1).parent.page('data').address and not
            at(1).child.page('heap').address == at(1).parent.page('heap').address and not
            at(1).child.page('stack').address == at(1).parent.page('stack').address""",
            """The kernel did copy three *pages*. It maps each copy at the address of the original
            page, so pointers remain valid."""),
        Choice("none of the four",
            """at(1).child.page('code').address == at(1).parent.page('code').address and
            at(1).child.page('data').address == at(1).parent.page('data').address and
            at(1).child.page('heap').address == at(1).parent.page('heap').address and
            at(1).child.page('stack').address == at(1).parent.page('stack').address""",
            """Addresses belong to the map, which `fork` copies. A write changes which page an
            address means, and not the address."""),
        hint="Pointers in memory are copied as they are. What must hold for them after `fork`?"),
    Run("map",
        Claim("All four addresses are the same in both processes.",
            """at(1).child.page('code').address == at(1).parent.page('code').address and
            at(1).child.page('data').address == at(1).parent.page('data').address and
            at(1).child.page('heap').address == at(1).parent.page('heap').address and
            at(1).child.page('stack').address == at(1).parent.page('stack').address""",
            wrong=other_block),
        Claim("The child has pages of its own for data, heap and stack.",
            """not at(1).child.page('data').shared and not at(1).child.page('heap').shared and not
            at(1).child.page('stack').shared""",
            wrong=replace("data[0] = heap[0] =", "data[0] =")),
        Claim("Both processes use the same page of code.",
            "at(1).child.page('code').shared",
            wrong=child_writes_code),
        shows="nothing"),
    Show("memory",
        of="map",
        at="①",
        text="""Compare the two rows of each variable. The addresses are equal. The pages of data,
        heap and stack are different; the page of the code is shared."""),
    Task("""`read x y < /proc/self/maps` is a builtin: it puts the first addresses of the shell's
        map into `x`. Type a line in which:""",
        asks={
            "your shell reads its own map": some("",
                ("shell.has_read('p 0000')", "your shell read no map")),
            "a **copy** of the shell, without exec, reads its own": some("p",
                ("p.has_read('p 0000')", "no other process read a map"),
                ("not p.programs", "{p.words} is a program")),
            "the first addresses of both are printed, and are the same": some("",
                ("len(output.split()) == 2 and output.split()[0] == output.split()[1]",
                 "printed: {shown}"),
                ("shell.has_read(output.split()[0])", "the shell has not read them"),
                ("any(p.has_read('p 0000') and (shell.pipes_read(output.split()[0]) or any(p "
                 "in [q, *q.ancestors] and output.split()[0] in q.output for q in processes)) "
                 "for p in processes[1:])",
                 "the copy does not print what it has read"))},
        hint="The copy must read the file itself: ( read … ; echo … ).",
        solution="read x y < /proc/self/maps; echo $x; (read x y < /proc/self/maps; echo $x)",
        wrong={
            "head -1 /proc/self/maps; (head -1 /proc/self/maps)":
                """`head` is another program: exec has made a new map for it, at other addresses.
                `read` needs no exec.""",
            "read x y < /proc/self/maps; echo $x; (echo $x)":
                """The copy prints the variable that it has from the shell. It must read its own
                map.""",
            "read x y < /proc/self/maps; echo $x; echo $x":
                "Both are lines of the shell. The second `read` and `echo` belong into `( … )`.",
            "(read x y < /proc/self/maps; echo $x)":
                "These are the addresses of the copy. The shell's own must come before them."},
        note="`fork` copies the map. A program after exec has a new one."),
    Repair("repair",
        "The child should write `draft` to a page and print it. SIGSEGV ends it. Fix it.",
        Claim("The child exits with 0: no signal ends it.",
            "child.status == 0",
            wrong=[
                replace(" | mmap.PROT_WRITE", ""),
                replace("mmap.PROT_READ | mmap.PROT_WRITE", "0")],
            hint="Each part of the memory has rights. Which right does a write need?"),
        Claim("The child prints `draft`.",
            "child.writes('draft')",
            wrong=[
                delete('page.value = b"draft"'),
                replace("child == 0", "child != 0") + delete("os.waitpid(child, 0)")],
            hint="Keep the child, and its write to the page."),
        fix=replace("rights = mmap.PROT_READ", "rights = mmap.PROT_READ | mmap.PROT_WRITE"),
        fix_in_c=replace("int rights = PROT_READ;", "int rights = PROT_READ | PROT_WRITE;"),
        hint="`/proc/PID/maps` would show `r--p` for this page.",
        praise="The page may be read and written now: `rw-p`."),
    remember="""A process has text, data, heap and stack, each with its rights. A child has the same
    map, and its own pages where one of the two has written.""",
    good_for="""SIGSEGV after a wild pointer: `/proc/PID/maps` says which part an address is in, and
    whether a write is allowed there.""",
    requires=["copy-on-write"],
    read="proc(5), /proc/PID/maps; malloc(3); Kerrisk, TLPI, chapter 6",
)
