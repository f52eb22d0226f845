"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "in_the_background.c",
        "foreground",
        delete("give_terminal(getpid());")
        + replace("    give_terminal(child);\n    int pid", "    int pid"),
    ),
    Wrong(
        "inherits_sigttou.py", "signals", delete("signal.signal(signal.SIGTTOU, signal.SIG_DFL)")
    ),
    Wrong("keeps_the_terminal.c", "handed", delete("            give_terminal(child);")),
    Wrong("leader_only.py", "continued", replace("os.killpg(", "os.kill(")),
    Wrong("no_wcontinued.py", "heard", replace(" | os.WCONTINUED", "")),
    Wrong("not_asked_for_stops.c", "stopped", replace("WUNTRACED | ", "")),
    Wrong(
        "once.py",
        "again",
        replace(
            'print(child, "continued")',
            'print(child, "continued")\n'
            "_, status = os.waitpid(child, 0)  # and if it is stopped again?\n"
            "break",
        ),
    ),
    Wrong(
        "one_group.py",
        "job",
        delete("    os.setpgid(0, 0)")
        + replace("os.setpgid(child, child)", "pass")
        + replace("os.tcsetpgrp(0, os.getpid())", "pass")
        + replace("    os.tcsetpgrp(0, child)\nexcept", "except")
        + replace("        os.tcsetpgrp(0, os.getpgrp())\n", "")
        + replace("        os.tcsetpgrp(0, child)\n", "")
        + replace("os.killpg(", "os.kill("),
    ),
    Wrong("status_word.py", "told", replace("os.WSTOPSIG(status)", "status")),
    Wrong(
        "takes_it_back_openly.c",
        "taken_back",
        replace(
            "            give_terminal(getpgrp());",
            "            tcsetpgrp(0, getpgrp()); /* from the background */",
        ),
    ),
)
