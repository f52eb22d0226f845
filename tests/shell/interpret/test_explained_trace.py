"""`set -o explain` shows the words that the expansion made."""

from tests.support.shells import FORK, SPAWN, Place, run

SCRIPT = r"""x='a b' e='' n=1
show() {
  printf '<%s>' "$@" $x *.c *.none "$e" ~ $((n += 1)) ${new:=$n} "$(printf 'q\nr')" >"$n.out"
}
set -o explain
x=$x:$n show "$x"
for i in $e *.c; do :; done
export v=$x 2>&-
. ./other | cat <<<$n
set +x
printf '%s\n' "$n $new $- $v"
cat 2.out
"""
EXPECTED = r"""+ script:6: x=$x:$n show "$x"
+     "$x" → [a b]
+     [show] [a b]
+     [x=a b:1]
+ script:3 in show, called at script:6: printf '<%s>' "$@" $x *.c *.none "$e" ~ $((n += 1)) """
EXPECTED += r"""${new:=$n} "$(printf 'q\nr')" >"$n.out"
+     "$@" → [a b]
+     $x → 2 fields: [a] [b:1]
+     *.c → 2 files: [1.c] [2.c]
+     *.none → no file matches [*.none]
+     "$e" → []
+     ~ → [/home]
+     $((n += 1)) → [2]
+     ${new:=$n} → [2]
+     "$(printf 'q\nr')" → [$'q\nr']
+     [printf] [<%s>] [a b] [a] [b:1] [1.c] [2.c] [*.none] [] [/home] [2] [2] [$'q\nr']
+ script:7: for i in $e *.c
+     $e → no argument
+     *.c → 2 files: [1.c] [2.c]
+     [1.c] [2.c]
+ script:7: :
+     [:]
+ script:7: :
+     [:]
+ script:8: export v=$x 2>&-
+     v=$x → [v=a b]
+     [export] [v=a b]
"""
PIPELINE = """+ other:1: cd /
+     [cd] [/]
+ script:9: . ./other
+     [.] [./other]
+ script:9: cat <<<$n
+     [cat]
+ script:10: set +x
+     [set] [+x]
"""
SUBSTITUTION = """+ script:3 in show, called at script:6: printf 'q\\nr'
+     [printf] [q\\nr]
"""


def test_each_word_is_shown_once_as_the_command_got_it():
    script = ": >1.c; : >2.c; echo 'cd /' >other; cat >script; exec $SELF ./script"
    with Place() as place:
        for shell in (FORK, SPAWN):
            extra = {"SELF": " ".join(shell.argv), "HOME": "/home"}
            outcome = run(shell, script, given=SCRIPT.encode(), place=place, extra=extra)
            assert (
                outcome.text == "2\n2 2  a b\n<a b><a><b:1><1.c><2.c><*.none><></home><2><2><q\nr>"
            )
            lines = outcome.error.splitlines(keepends=True)
            for line in SUBSTITUTION.splitlines(keepends=True):
                lines.remove(line)
            assert "".join(lines[: EXPECTED.count("\n")]) == EXPECTED
            # The processes of a pipeline write in any order.
            assert sorted(lines[EXPECTED.count("\n") :]) == sorted(PIPELINE.splitlines(True))


def test_it_works_with_xtrace_and_shows_calls_to_any_depth():
    outcome = run(SPAWN, "set -o explain; set -x; set +o explain; echo $-")
    assert outcome.text == "\n"
    script = "f() { [ $1 -gt 6 ] || f $(($1 + 1)); }; set -o explain; f 1 >&$((1 + 1)) 3>&-"
    lines = run(SPAWN, script).error.splitlines()
    assert lines[1] == "+     [f] [1]"
    calls = " in f, called at line 1" * 5
    assert lines[-3] == f"+ line 1{calls}, and 2 calls further out: [ $1 -gt 6 ]"
