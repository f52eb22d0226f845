"""The forms of bash: which ones the prompt accepts, and what replaces each in an sh script."""

from __future__ import annotations

_BASH = "run bash -c '…'"

_TYPED = {
    "[[": ("[[ ]]", 'the same test in [ ], with "$a" quoted and = for =='),
    "((": ("(( ))", 'i=$((i + 1)), or [ "$i" -lt 3 ]'),
    "for ((": ("for (( ))", 'i=0; while [ "$i" -lt 3 ]; do …; i=$((i + 1)); done'),
    "++": ("++", "i=$((i + 1))"),
    "--": ("--", "i=$((i - 1))"),
    "{a,b}": ("{a,b}", "each word written out"),
    "{1..3}": ("{1..3}", "each word written out, or a loop"),
    "function": ("function", "name() { …; }"),
    "==": ("==", '[ "$a" = b ]'),
    "&>": ("&>", ">file 2>&1"),
    "&>>": ("&>>", ">>file 2>&1"),
    "|&": ("|&", "2>&1 |"),
    "<(": ("<( )", "a pipe, or mkfifo"),
    ">(": (">( )", "a pipe, or mkfifo"),
    "$(<": ("$(<file)", "$(cat file)"),
    "$RANDOM": ("$RANDOM", "$(od -An -N2 -tu2 /dev/urandom)"),
    "$UID": ("$UID", "$(id -u)"),
    "$EUID": ("$EUID", "$(id -u)"),
    "$HOSTNAME": ("$HOSTNAME", "$(uname -n)"),
    "$SECONDS": ("$SECONDS", "$(date +%s), before and after"),
    "$PIPESTATUS": ("$PIPESTATUS", "set -o pipefail, or one command at a time"),
    "!!": ("!!", "the command itself"),
}
"""The forms that the prompt accepts: the name of each form in messages, and its POSIX form."""

FORMS = {
    **{
        form: f"'{shown}' is bash's; in an sh script: {instead}"
        for form, (shown, instead) in _TYPED.items()
    },
    "NAME=(": "arrays are not part of simpsh; use the positional parameters (set -- a b), or "
    f"{_BASH}",
    "select": f"'select' is not part of simpsh; print a menu and 'read' the answer, or {_BASH}",
    "coproc": "'coproc' is not part of simpsh; use two FIFOs made by mkfifo, and '&'",
    "{fd}>": "'{fd}>' is not part of simpsh; choose the number of the descriptor: exec 3>file",
    "PS1": r"'\w', '\u' and the like in PS1 are bash's; in POSIX: PS1='$USER $PWD> '",
    ";;&": "';;&' is not part of simpsh; ';&' continues with the next list without a test",
}
"""The sentence about each form."""

VARIABLES = ("RANDOM", "UID", "EUID", "HOSTNAME", "SECONDS", "PIPESTATUS")
"""Variables of bash; only RANDOM has a value here unless the environment gives it one."""

WORDS = ("[[", "function", "select", "coproc")
"""The forms that are words in a script, so that no command of that name is found."""

_PARAMETERS = {
    ":": "'{text}', a part of a value, is not part of simpsh; run expr or cut for it",
    "/": "'{text}', a replacement, is not part of simpsh; run sed or tr",
    "^": "'{text}', a change of case, is not part of simpsh; run tr a-z A-Z",
    ",": "'{text}', a change of case, is not part of simpsh; run tr A-Z a-z",
    "@": "'{text}', a transformation, is not part of simpsh; run bash -c '…'",
    "[": "'{text}': arrays are not part of simpsh; use the positional parameters (set -- a b)",
}


def parameter_form(name: str, rest: str, text: str) -> str:
    """Return a message about `${…}` with an operator of another shell, else "".

    `rest` is the text after the parameter's name.
    """
    if name == "!" and rest[:1] not in ("", "}"):
        return f"'{text}', a parameter named by another, is not part of simpsh; {_BASH}"
    return _PARAMETERS.get(rest[:1], "").format(text=text) if name else ""
