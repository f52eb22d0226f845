"""The seven rules of fork, in one program."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Explore, Lesson, Predict, Repair, Run, Say, delete, insert, move,
    replace,
)

child_leaves = insert("os._exit(0)", above="x = 2")
both_branch = replace("child == 0", "child >= 0")
waits_first = move("_, status = os.waitpid(child, 0)", above='os.write(log, b"parent ")')
parent_sets = insert("x = 2", above='os.write(log, b"parent ")')
opens_again = insert('log = os.open("log", os.O_RDWR)', above='os.write(log, b"child ")')
never_waits = replace("_, status = os.waitpid(child, 0)", "status = 0x200")
no_hang = replace("os.waitpid(child, 0)", "os.waitpid(child, os.WNOHANG)")
lives_on = never_waits + insert("signal.pause()", above='os.write(1, b"%d %d')

lesson = Lesson(
    Say("You have met the seven rules one by one. This program needs all of them."),
    Predict("`x` is 1 before `fork`. **Which two numbers** does the parent write?",
        Choice("2 2",
            "'2 2 ' in output",
            """`x` would be 2 in the parent if the two shared their memory, as threads do. `fork`
            copies the memory."""),
        Choice("1 2",
            "'1 2 ' in output",
            """Rule 4: the child changed its own copy of `x`. Rule 7: its exit status, 2, came to
            the parent through `waitpid`."""),
        Choice("1 512",
            "'1 512 ' in output",
            """512 is the wait status: the exit status is in its second byte.
            `waitstatus_to_exitcode` takes it out."""),
        hint="Rule 4 for the first number, rule 7 for the second one."),
    Run("seven",
        Claim(
            "Rule 1: both processes continue after `fork`, and neither starts from the beginning.",
            "child.writes('child ') and parent.writes('parent ') and len(anyone.opens('log')) == 1",
            wrong=[child_leaves, opens_again]),
        Claim("Rule 2: `fork` returned 0 in the child; only the child took the branch.",
            "child['child'] == 0 and not parent.sets('x', 2)",
            wrong=both_branch),
        Claim("Rule 3: nothing orders the two writes. Both processes can run at the same time.",
            "unordered(child.writes('child '), parent.writes('parent '))",
            wrong=waits_first),
        Claim("Rule 4: the child's `x` is 2, the parent's `x` is still 1.",
            "child.status == 2 and parent['x'] == 1",
            wrong=parent_sets),
        Claim("Rule 7: the parent waits, and learns the child's exit status.",
            "parent.collects(child) and '1 2 ' in output",
            wrong=never_waits)),
    Predict("The program runs a thousand times. **What can differ** in the log from run to run?",
        Choice("the number of words",
            "'1 2 PARENT ' in outputs",
            """With two offsets one word would overwrite the other. Two offsets need two calls of
            `open`; here both processes use one."""),
        Choice("the order of the words",
            "outputs == {'1 2 CHILD PARENT ', '1 2 PARENT CHILD '}",
            """Rule 5 leaves the order open. Rule 6 keeps both words: they are written at one shared
            offset."""),
        Choice("neither order nor number",
            "len(outputs) == 1",
            """If the parent called `waitpid` before it writes, the child's word would always be
            first. Here the wait comes later."""),
        hint="Rules 5 and 6. Which calls order the two writes, if any?"),
    Explore("seven",
        Claim("Rule 5: either word may come first. Nothing else differs.",
            "outputs == {'1 2 CHILD PARENT ', '1 2 PARENT CHILD '}",
            wrong=waits_first),
        Claim("Rule 6: both use one offset. In no order does one word overwrite the other.",
            "'1 2 PARENT ' not in outputs and '1 2 CHILD  ' not in outputs",
            wrong=opens_again),
        id="orders",
        native=30),
    Predict("The parent does **not** wait, and lives for another year. What about the child?",
        Choice("it stays a zombie",
            "row('does not wait, and lives on').at('rest').child.state == 'Z'",
            """By rule 7 the kernel keeps the status until the parent asks, or until the parent ends
            and another process adopts the zombie."""),
        Choice("it lives on for the year",
            "not row('does not wait, and lives on').child.exits(2)",
            """A child does not wait for its parent. It has ended with status 2; only its entry in
            the process table is left."""),
        Choice("the kernel removes it",
            "row('does not wait, and lives on').child.vanishes",
            """The kernel removes a child at once only if the parent ignores SIGCHLD or has set
            `SA_NOCLDWAIT`."""),
        hint="Which process may still ask for the exit status?"),
    Compare(
        Run("seven", leaves=["parent", "child"]),
        Claim("Without the wait the zombie stays as long as the parent lives.",
            "row('does not wait, and lives on').at('rest').child.state == 'Z'"),
        id="without",
        title="the parent",
        rows={"waits for the child": Edit(), "does not wait, and lives on": lives_on},
        columns={"the child's zombie": "'is collected' if parent.collects(child) else 'stays'"}),
    Say("""**1** both continue · **2** the return value · **3** at the same time · **4** own memory
        · **5** no order · **6** shared open files · **7** wait for every child."""),
    Repair("repair",
        """This program should print 1, the child's status 2, and both words of the log. It has
        forgotten two of the seven rules. Fix it.""",
        Claim("The parent collects the child, and prints the child's exit status 2.",
            "parent.collects(child) and '1 2 ' in output",
            wrong=[never_waits, no_hang, replace("os._exit(x)", "os._exit(1)")],
            hint="Rule 7. Does this `waitpid` wait until the child has ended?"),
        Claim("In every order both words are in the log.",
            "outputs == {'1 2 CHILD PARENT ', '1 2 PARENT CHILD '}",
            wrong=[opens_again, opens_again + waits_first],
            hint="""Rule 6. How many open file descriptions of `log` are there, and how many
            offsets?"""),
        fix=replace("os.waitpid(child, os.WNOHANG)", "os.waitpid(child, 0)") +
            delete('log = os.open("log", os.O_RDWR)'),
        fix_in_c=replace("waitpid(child, &status, WNOHANG)", "waitpid(child, &status, 0)") +
            delete('log = open("log", O_RDWR);'),
        hint="One rule is about files, the other about every child.",
        praise="One description for both words, and a wait that waits: all seven rules hold."),
    remember="""Both continue, and the return value tells which is which. They run at the same time,
    in any order, each with its own memory. Open files are shared. Wait for every child.""",
    good_for="""Read any program with `fork` by these seven questions. Most defects in this course
    break one of the rules.""",
    requires=["rule-7-wait-for-every-child"],
    exercise="small-bomb",
    read="fork(2); wait(2); POSIX.1-2024 fork(); Stevens and Rago, APUE, 8.3 fork Function",
)
