"""What simpsh leaves out on purpose, and what to do instead: one line for each construct.

Loaded only when such a construct is met.
"""

from __future__ import annotations

_BASH = "run bash -c '…'"

LEFT_OUT_CONSTRUCTS = {
    "NAME=(": "arrays are not part of simpsh; use the positional parameters (set -- a b), or "
    "run bash -c '…'",
    "select": f"'select' is not part of simpsh; print a menu and 'read' the answer, or {_BASH}",
    "function": "'function' is not part of simpsh; write name() { …; }, as the standard has it",
    "coproc": "'coproc' is not part of simpsh; use two FIFOs made by mkfifo, and '&'",
    "&>": "'&>' is not part of simpsh; both outputs go to a file by '>file 2>&1', "
    "and a blank after '&' puts the command in the background",
    "{fd}>": "'{fd}>' is not part of simpsh; choose the number of the descriptor: exec 3>file",
    "for ((": "'for (( ))' is not part of simpsh; write i=0; while [ $i -lt 3 ]; do …; "
    "i=$((i + 1)); done",
    ";;&": "';;&' is not part of simpsh; ';&' goes on to the next list without a test",
    "[[": f"'[[ ]]' is not part of simpsh; use the program test or [, or {_BASH}",
    "<(": "'<( )' is not part of simpsh; join the commands by a pipe, or name one with mkfifo",
    ">(": "'>( )' is not part of simpsh; join the commands by a pipe, or name one with mkfifo",
}
"""What to do instead of a reserved word, or of what begins with an operator."""
_LEFT_OUT_OPERATORS = {
    ":": "'{text}', a part of a value, is not part of simpsh; run expr or cut for it",
    "/": "'{text}', a replacement, is not part of simpsh; run sed or tr",
    "^": "'{text}', a change of case, is not part of simpsh; run tr a-z A-Z",
    ",": "'{text}', a change of case, is not part of simpsh; run tr A-Z a-z",
    "@": "'{text}', a transformation, is not part of simpsh; run bash -c '…'",
    "[": "'{text}': arrays are not part of simpsh; use the positional parameters (set -- a b)",
}


def left_out_operator(name: str, rest: str, text: str) -> str:
    """Say what to do instead of `${…}` with an operator, '' if `text` holds none.

    `rest` is what follows the parameter's name, to `}` or to the end of the line.
    """
    if name == "!" and rest[:1] not in ("", "}"):
        return f"'{text}', a parameter named by another, is not part of simpsh; {_BASH}"
    return _LEFT_OUT_OPERATORS.get(rest[:1], "").format(text=text) if name else ""
