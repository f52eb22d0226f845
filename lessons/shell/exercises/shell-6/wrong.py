"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "any_child.py",
        "other-child.waits",
        replace("os.waitpid(-group, os.WUNTRACED)", "os.waitpid(-1, os.WUNTRACED)")
        + replace(
            "        if pid == last:\n            code = os.waitstatus_to_exitcode(word)",
            "        code = os.waitstatus_to_exitcode(word)\ndel jobs[group]\nbreak",
        ),
    ),
    Wrong(
        "keeps_the_terminal.py",
        "groups.terminal",
        delete("if not in_background:") + delete("os.tcsetpgrp(2, group or os.getpgrp())"),
    ),
    Wrong(
        "keys_stay_ignored.py",
        "groups.signals",
        replace("for key in (*KEYS, signal.SIGPIPE):", "for key in ():"),
    ),
    Wrong(
        "never_continued.c",
        "fg.continues",
        replace("kill(-job->group, SIGCONT);", "if (!in_front)\n    kill(-job->group, SIGCONT);"),
    ),
    Wrong(
        "no_group.c",
        "groups.own",
        replace(
            "setpgid(pid, group);\n"
            "    if (!in_background)\n"
            "        tcsetpgrp(2, group != 0 ? group : getpgrp());",
            "(void)pid, (void)group, (void)in_background;",
        )
        + replace("waitpid(-job->group, &word", "waitpid(job->group, &word")
        + replace("waitpid(-job->group, NULL", "waitpid(job->group, NULL"),
    ),
    Wrong("not_taken_back.c", "groups.back", delete("tcsetpgrp(2, getpgrp());")),
    Wrong("stops_unheard.c", "stop.prompt", replace("WUNTRACED", "0")),
    Wrong(
        "zombies_behind.py",
        "zombies.background",
        replace("while True:\n    collect()", "while True:"),
    ),
)
