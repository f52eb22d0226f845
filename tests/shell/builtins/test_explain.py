"""explain: the agreement of a plan with a run; tests/spec/explain.spec has the plans."""

import re
import sys
from collections import Counter

from tests.harness.sh import PROJECT, SIMPSH, Place, Shell, run


def test_an_interrupt_ends_an_explanation(start_shell, tmp_path):
    (tmp_path / "line").write_text("for i in $(ls); do ls; done; " * 50_000)
    terminal = start_shell("--no-rc")
    terminal.wait_prompt()
    terminal.run("x=$(cat line)")
    terminal.send('explain "$x" >shown\r')
    # The redirection is carried out before the explanation begins.
    terminal.wait_until((tmp_path / "shown").exists, "it never began")
    terminal.key("C-c")
    terminal.wait(r"^status 130: interrupted")
    assert (tmp_path / "shown").read_text() == ""


LINES = r"""
/bin/true
nosuchprogram
nosuchprogram | cat
printf x 2>&1 >f
printf x >|f 2>&-
printf x 3>&1 4>&3 3>&-
cat <>f 7<&-
cat <<<word <<<other
printf x | cat | cat | cat | cat
printf x >f | cat </dev/null >g
printf x 2>&1 | cat >&2
{ { printf x; } >f; } 2>g
{ printf x; cat <f; } 5<&0 >f
pwd >f
type cd | cat
A=1 pwd >f
A=$(printf x) B=$(printf y) printf z
printf "%s" `printf x` $(cat <<<y)
cat <$(printf f)
! printf x
time printf x | cat
exec 8>f
exec printf x
""".strip().splitlines()
"""Lines in which every command runs once, and none in a copy of the shell."""


def test_the_planned_calls_are_the_calls_of_a_run():
    planned = explained(LINES)
    assert dict(zip(LINES, planned, strict=True)) == dict(zip(LINES, logged(), strict=True))


def explained(lines: list[str]) -> list[Counter[str]]:
    """Return how often each line makes each call, according to explain."""
    script = "".join(
        f"explain \"${{{number}}}\"; printf '\\f'\n" for number in range(1, len(lines) + 1)
    )
    outcome = run(SIMPSH, script, arguments=lines)
    assert (outcome.status, outcome.error) == (0, ""), outcome
    counts = []
    for text in outcome.text.split("\f")[:-1]:
        count = Counter(
            re.findall(r"(fork|execve|pipe2|open|dup2|wait4)\((?!.*fails$)", text, re.M)
        )
        count["wait4"] += sum(int(number) - 1 for number in re.findall(r"wait4\(\) × (\d+)", text))
        counts.append(+count)
    return counts


def logged() -> list[Counter[str]]:
    """Return how often the shell, its copies, and their children up to execve made each call.

    One shell runs the lines; a program between them marks the beginning of the next line.
    """
    script = "\n/bin/true mark\n".join(["", *LINES, ""])
    with Place() as place:
        file = f"{place.base}/calls"
        code = f"import sys; sys.path.insert(0, {PROJECT!r}); "
        code += "from tests.shell.builtins.logged_calls import main; sys.exit(main())"
        options = (file, "-o", "visible")
        run(Shell("logged", (sys.executable, "-c", code, *options)), script, place=place)
        with open(file, encoding="utf-8") as log:
            calls = [line.rstrip("\n").split("\t") for line in log]
    counts: list[Counter[str]] = []
    for name, errno, value in calls:
        if name == "execve begins" and value == "('/bin/true', 'mark')":
            # After a line the next mark starts; before a line the previous mark is waited for.
            if counts:
                counts[-1].subtract(("fork",))
            counts.append(Counter({"wait4": -1}))
        elif counts:
            match name, errno:
                case "execve begins", _:
                    # A call that succeeds does not return.
                    counts[-1]["execve"] += 1
                case "execve", _:
                    counts[-1]["execve"] -= 1
                case "wait4", "0":
                    counts[-1]["wait4"] += value != "''"
                case "fork begins", _:
                    counts[-1]["fork"] += 1
                case "pipe2" | "open" | "dup2", "0":
                    counts[-1][name] += 1
    return [+count for count in counts]
