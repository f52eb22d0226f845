"""A counter in shared memory: an addition can be lost."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Explore, Lesson, Predict, Repair, Run, Say, Task, delete,
    insert, move, replace, some,
)

child_first = move("wait(0);", above="page->count++")
private_count = replace("MAP_SHARED", "MAP_PRIVATE")
parent_loads_late = (move("os.waitpid(child, 0)", above="loaded = page[0]") +
    replace("os.waitpid(child, 0)", "child and os.waitpid(child, 0)"))
counted_before = insert("page[0] = 1", above="child = os.fork()")
for_processes = replace("0, 0)  # pshared", "1, 0)  # pshared")
no_lock = delete("fcntl.flock(file, fcntl.LOCK_EX)") + delete("fcntl.LOCK_UN)")


lesson = Lesson(
    Say("""With `MAP_SHARED` two processes use **one** page, here a page of zeros. Parent and child
        each add 1 to `count`. (`lock` is not used yet.)"""),
    Predict("Which number can the parent print?",
        Choice("1, in every order",
            "outputs == {'1'}",
            """With `MAP_PRIVATE` each process would count in its own copy, and the parent would
            print 1. Here both use one page."""),
        Choice("1 or 2, by the order",
            "outputs == {'1', '2'}",
            "`count++` loads, adds and stores. If both processes load 0, both store 1."),
        Choice("2, in every order",
            "outputs == {'2'}",
            """Two additions make 2 if one comes after the other. Nothing in the code orders them:
            the parent waits only after its own addition."""),
        hint="`count++` is short in C. Which accesses to memory does it need?"),
    Explore("count",
        Claim("Two values are possible, 1 and 2: an addition can be lost.",
            "outputs == {'1', '2'}",
            wrong=[child_first, private_count]),
        births=["child"],
        needs=["compiler", "instructions"],
        native=100),
    Say("""This is a *lost update*. Now the lesson makes it happen: the load and the store are two
        lines of Python."""),
    Predict("Each waits until the other has loaded, too. What does the parent print?",
        Choice("1",
            "parent.output.strip() == '1'",
            "Both have loaded 0, so both store 1. The second store overwrites the first."),
        Choice("2",
            "parent.output.strip() == '2'",
            "At ① both have loaded, and neither has stored."),
        Choice("0",
            "parent.output.strip() == '0'",
            "0 is what both have loaded. Both store 1 before the parent prints."),
        hint="What is the value of `loaded` in each process at ①?"),
    Run("lost",
        Claim("At ① both processes have loaded 0.",
            "at(1).parent['loaded'] == 0 and at(1).child['loaded'] == 0",
            wrong=counted_before),
        Claim("Two processes have added 1, and the counter is 1.",
            "parent.prints('1')",
            wrong=parent_loads_late),
        watch=["loaded"]),
    Say("""A *semaphore* is a number. `sem_wait` subtracts 1, and sleeps while the number is 0;
        `sem_post` adds 1 and wakes a sleeper. `sem_init(lock, pshared, 1)` starts with 1. `pshared`
        is 0 for the threads of one process, 1 for several processes."""),
    Predict("Which `count++` gives 2 in **every** order?",
        Choice("one guarded by a semaphore, `pshared` 1",
            "row('a semaphore, pshared 1').outputs == {'2'}",
            """One process loads, adds and stores. The other one sleeps in `sem_wait` until
            `sem_post` wakes it."""),
        Choice("one guarded by a semaphore, `pshared` 0",
            "row('a semaphore, pshared 0').outputs == {'2'}",
            """This is right between threads of one process. The number in the page is shared, but a
            process that sleeps in `sem_wait` is not woken."""),
        Choice("one without a semaphore around it",
            "row('nothing').outputs == {'2'}",
            """With a single process this would be enough. With two, the other process can load
            between this load and this store."""),
        hint="How many processes use the semaphore? Which value of `pshared` is for them?"),
    Compare(
        Explore("count", births=["child"], needs=["compiler", "instructions", "glibc"], native=10),
        Claim("With a semaphore for processes the output is 2 in every order.",
            "row('a semaphore, pshared 1').outputs == {'2'}"),
        Claim("With `pshared` 0 the program loses no addition, but in some orders it hangs.",
            """len(row('a semaphore, pshared 0').outputs) == 2 and '1' not in row('a semaphore,
            pshared 0').outputs"""),
        Claim("An atomic addition is one step: the output is 2 in every order.",
            "row('an _Atomic int count').outputs == {'2'}"),
        id="remedies",
        title="what is changed",
        rows={
            "nothing": Edit(),
            "a semaphore, pshared 0":
                insert("sem_init(&page->lock, 0, 1);", above="pid_t child") +
                    insert("sem_wait(&page->lock);", above="page->count++") +
                    insert("sem_post(&page->lock);", above="if (child == 0)"),
            "a semaphore, pshared 1":
                insert("sem_init(&page->lock, 1, 1);", above="pid_t child") +
                    insert("sem_wait(&page->lock);", above="page->count++") +
                    insert("sem_post(&page->lock);", above="if (child == 0)"),
            "an _Atomic int count": replace("int count", "_Atomic int count")},
        columns={
            "possible outcomes":
                "' or '.join(sorted('hangs' if '[' in text else text for text in outputs))"},
        needs=["compiler", "instructions", "glibc"]),
    Predict("""Now `pshared` is 0. The child sleeps in `sem_wait`, and the parent calls `sem_post`.
        **What does the child do?**""",
        Choice("it fails, and ends with status 1",
            "child.exits(1)",
            """`sem_wait` fails if a handler interrupts it (EINTR), for example. No call checks
            which process has made a semaphore."""),
        Choice("it wakes up, and then ends",
            "returns",
            """With `pshared` 1 it wakes up. With 0, `sem_post` looks for sleeping threads of the
            parent only."""),
        Choice("it sleeps on, and never ends",
            "at('rest').child.asleep_in == 'futex'",
            """`sem_post` sets the number to 1. The kernel looks for a sleeping thread of the
            parent, and finds none."""),
        hint="`libc.sem_init` says for which threads the semaphore is made."),
    Run("asleep",
        Claim("The child sleeps in `sem_wait`, although the parent has called `sem_post`.",
            "at('rest').child.asleep_in == 'futex'",
            wrong=for_processes),
        Claim("The parent waits for the child: the program hangs.", "hangs", wrong=for_processes),
        leaves=["parent", "child"]),
    Task("""In a file, too, `read` loads and `echo` stores. This line can lose an
        addition:

            add() { read x <n; echo $((x+1)) >n; }; echo 0 >n; add & add & wait; cat n

        Change it:""",
        asks={
            "two additions: one stores 1, the next one loads 1 and stores 2": some("p q",
                ("p.writes_into('n', '1\\n') and any(r.has_read('0') for r in [p, p.made_by])",
                 "no `add` loaded 0, and stored 1"),
                ("q.writes_into('n', '2\\n')", "no `add` stored 2"),
                ("any(r.has_read('1\\n') for r in [q, q.made_by])", "no `add` loaded 1")),
            """one has ended before the other begins: in every order `n` has 2, and this 2 is
            printed""": some("",
                ("output == '2\\n'", "printed: {shown}"),
                ("file('n') == '2\\n'", "`n` has {file('n')}"),
                ("any('2' in p.output and p.got('2') for p in processes)",
                 "the 2 was not read from `n`"))},
        hint="`wait` returns when every job in the background has ended.",
        solution="add() { read x <n; echo $((x+1)) >n; }; echo 0 >n; add & wait; add & wait; cat n",
        wrong={
            "add() { read x <n; echo $((x+1)) >n; }; echo 0 >n; add & add & wait; cat n":
                "This is the given line. Both `add` run at once, and both may read 0.",
            """add() { read x <n; echo $((x+1)) >n; }; echo 0 >n; add & sleep 0.2; add & wait; cat
            n""": "A sleep makes the loss rare, not impossible. Let the shell **wait**.",
            "add() { read x <n; echo $((x+1)) >n; }; echo 0 >n; add & add; wait; cat n":
                """The shell runs the second `add` itself, while the first one runs in the
                background.""",
            "echo 1 >n; echo 2 >n; cat n":
                "This writes both numbers, and counts nothing. Keep both `add`.",
            "echo 2 >n; cat n": "This writes the result, and counts nothing. Keep both `add`."},
        note="A wait makes the order. A sleep makes the loss rare, not impossible."),
    Repair("repair",
        """Both processes add 1 to the number in a file. It should be 2. Sometimes it is 1. Make
        that impossible with `flock`.""",
        Claim("The child adds 1, too.",
            "child.calls('pwrite64')",
            wrong=insert(
                "if child == 0:\n    os._exit(0)",
                above="fcntl.flock(file, fcntl.LOCK_EX)"),
            hint="Keep the addition in both processes."),
        Claim("In every order it prints 2.",
            "outputs == {'2'}",
            wrong=[no_lock, move("fcntl.flock(file, fcntl.LOCK_EX)", above="os.pwrite(")],
            hint="""Both processes may read before one of them writes. `flock` lets one process at a
            time have the file: from which call to which?"""),
        fix=insert("fcntl.flock(file, fcntl.LOCK_UN)", above="if child == 0:  # in the child") +
            insert("fcntl.flock(file, fcntl.LOCK_EX)", above="number = int(os.pread(file, 9, 0))"),
        fix_in_c=insert("flock(file, LOCK_UN);", above="if (child == 0)  // in the child") +
            insert("flock(file, LOCK_EX);", above="pread(file, text, sizeof text - 1, 0);"),
        hint="""flock(2): LOCK_EX before the first of the calls that belong together, LOCK_UN after
        the last.""",
        praise="One process at a time read, added and wrote. No addition was lost, in any order."),
    remember="""Shared memory orders nothing. Guard every change that loads and then stores: with a
    semaphore made for processes, or with an atomic operation.""",
    good_for="""Python's `multiprocessing.Value` is such a counter: `value += 1` can lose an
    addition unless you hold its lock. So can the statistics of a server with many processes.""",
    requires=["rule-4-copied", "rule-5-order"],
    read="""mmap(2); sem_init(3); sem_wait(3); futex(2), FUTEX_PRIVATE_FLAG; Arpaci-Dusseau, OSTEP,
    chapter 31""",
)
