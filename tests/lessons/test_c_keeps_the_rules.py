"""All C of the course follows its rules, unless a lesson shows the breach of one."""

import os
from pathlib import Path

import pytest

import lessons
from simpsh.course import C, Compare, Explore, Repair, Run
from simpsh.course.lesson.lesson_library import Library
from tests.support.c_rules import broken_rules

COURSE = Path(lessons.__file__).parent
SHOWN = {
    ("alternate-stack ends", "errno"): "the handler returns to the instruction that failed",
    ("exec/c/identity.c", "ids"): "the groups of a set-user-ID program are its user's",
    ("exec/c/groups_and_credentials.c", "ids"): "the wrong orders are the lesson",
    ("fork/c/fork_bomb.c", "fork"): "a bomb goes on where fork fails",
    ("fork/c/fork_can_fail.c", "fork"): "fork fails, and the program does not notice",
    ("fork/c/how_many.c", "fork"): "a puzzle in one expression",
    ("groups-and-credentials repair", "ids"): "the list of groups is missing",
    ("identity repair", "ids"): "the groups of a set-user-ID program are its user's",
    ("pipes/c/capture_ways_out.c", "fork"): "the manager goes on, also if the fork fails",
    ("sigchld-handler installers", "signal"): "signal() is compared with sigaction()",
    ("signals-handlers errors", "errno"): "main finds the handler's errno",
    ("signals-handlers text", "errno"): "errno is the next program of the lesson",
    ("signals-handlers text", "unsafe"): "main and the handler share a static buffer",
}
"""The programs that break a rule because a lesson shows the breach."""


def programs():
    """Yield each C program of the course with its name: files, lessons, variants and repairs."""
    for path in sorted(COURSE.rglob("*.c")):
        yield os.fspath(path.relative_to(COURSE)), path.read_text(encoding="utf-8")
    for lesson in Library(()).all()[0]:
        for step in lesson.steps:
            if isinstance(step, Repair):
                for is_broken in (True, False):
                    yield f"{lesson.id} repair", step.program("c", is_broken=is_broken)
            elif isinstance(step, Run | Explore | Compare):
                run = step.demonstration
                if isinstance(run.code, C):
                    edits = step.variants.values() if isinstance(step, Compare) else ()
                    for edit in (run.edit, *edits):
                        yield f"{lesson.id} {step.id}", edit.apply(run.code.source)


def test_no_c_of_the_course_breaks_a_rule_that_it_does_not_show():
    seen, faults = set(), []
    for name, source in programs():
        for rule, where in broken_rules(source):
            if rule == "fork" and not name.endswith(".c"):
                continue  # a listing of a dozen lines
            seen.add((name, rule))
            faults += [] if (name, rule) in SHOWN else [f"{name}: {rule}: {where}"]
    assert not faults, "see signal-safety(7):\n  " + "\n  ".join(dict.fromkeys(faults))
    assert not SHOWN.keys() - seen, "these no longer break the rule"


HANDLER = """
#include <errno.h>
static volatile sig_atomic_t came;
static int plain;
static void note(int number) {{
    {body}
}}
int main(void) {{
    {install}
}}
"""
SIGACTION = "struct sigaction action = {.sa_handler = note}; sigaction(SIGUSR1, &action, 0);"
SAVES = "int saved = errno; {} errno = saved;"


def rules_of(body, install=SIGACTION):
    return [rule for rule, _ in broken_rules(HANDLER.format(body=body, install=install))]


@pytest.mark.parametrize(
    ("body", "install", "rules"),
    [
        ("came = 1;", SIGACTION, []),
        ("came = number == 1;", "(void)came == plain;", []),
        ("_exit(1);", "struct sigaction action = {note};", []),
        (SAVES.format("while (waitpid(-1, 0, WNOHANG) > 0) continue;"), SIGACTION, []),
        ("came = 1;", "signal(SIGUSR1, note);", ["signal"]),
        ("came = 1;", "signal(SIGUSR1, SIG_IGN); signal(SIGUSR2, &note);", ["signal"]),
        ("write(1, text, 1);", SIGACTION, ["errno"]),
        ("kill(1, 0); " + SAVES.format("wait(0);"), SIGACTION, ["errno"]),
        ("int saved = errno; wait(0); if (came) return; errno = saved;", SIGACTION, ["errno"]),
        ("int saved = errno; wait(0); errno = 0;", SIGACTION, ["errno"]),
        (SAVES.format('printf("x");'), SIGACTION, ["unsafe"]),
        ("/* printf(x); */ came = 1; // wait(0);", SIGACTION, []),
        ("plain = 1;", SIGACTION, ["volatile"]),
        ("++plain;", "action.sa_sigaction = note;", ["volatile"]),
        ("printf(text); plain += 1;", "call(note);", ["unsafe", "errno", "volatile"]),
    ],
)
def test_each_rule_of_a_handler_is_noticed(body, install, rules):
    assert rules_of(body, install) == rules


def test_a_handler_is_judged_with_the_functions_that_it_calls():
    source = "static int sum;\nstatic void add(void) {{\n    sum++;\n    malloc(1);\n}}\n{}"
    program = source.format(HANDLER.format(body="add();", install=SIGACTION))
    assert [*broken_rules(program)] == [
        ("unsafe", "note: malloc"),
        ("errno", "note"),
        ("volatile", "sum"),
    ]


@pytest.mark.parametrize(
    ("given", "rules"), [("SIG_IGN", []), ("SIG_DFL", []), ("note", ["signal"])]
)
def test_a_setting_may_be_a_parameter_of_signal(given, rules):
    keys = "static void keys(void (*what)(int)) {\n    signal(SIGINT, what);\n}\n"
    program = keys + HANDLER.format(body="came = 1;", install=f"keys({given});")
    assert [rule for rule, _ in broken_rules(program)] == rules


DROP = "if (setgroups(0, 0) == -1 || setgid(7) == -1 || setuid(7) == -1)\n        _exit(1);"


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (DROP, []),
        ("if (setresuid(-1, 7, -1) == -1)\n        _exit(1);", []),
        (DROP.replace(" || setuid(7) == -1", "") + "\n    setuid(7);", ["setuid is not checked"]),
        (DROP.replace("setgroups(0, 0) == -1 || ", ""), ["setgroups does not come before"]),
        (DROP.replace("setgid(7) == -1 || ", ""), ["setgid does not come before"]),
    ],
)
def test_dropped_ids_are_checked_and_in_their_order(body, faults):
    found = broken_rules(f"int main(void) {{\n    {body}\n}}\n")
    assert [*found] == [("ids", f"main: {fault}") for fault in faults]


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("pid_t a = fork(), b = fork(); if (a == -1 || b == -1) exit(1);", []),
        ("while (fork() != -1) continue;", []),
        ("switch (fork()) { case -1: exit(1); case 0: pause(); }", []),
        ("pids[i] = fork(); if (pids[i] == -1) exit(1);", []),
        ("pid_t child = fork(); if (child == 0) _exit(0);", ["fork"]),
        ("if (fork() == 0) _exit(0);", ["fork"]),
        ("switch (fork()) { case 0: pause(); default: wait(0); }", ["fork"]),
    ],
)
def test_each_fork_is_compared_with_its_error(body, rules):
    assert [rule for rule, _ in broken_rules(f"int main(void) {{\n    {body}\n}}\n")] == rules
