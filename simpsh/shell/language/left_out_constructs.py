"""What simpsh leaves out on purpose, and what to do instead: one line for each construct.

Loaded only when such a construct is met.
"""

from __future__ import annotations

_SCOPE = "are not part of simpsh (it teaches processes, not programming)"
_BASH = "run bash -c '…'"

_CONSTRUCTS = {
    "if": "'if' commands",
    "then": "'if' commands",
    "elif": "'if' commands",
    "else": "'if' commands",
    "fi": "'if' commands",
    "for": "'for' loops",
    "in": "'for' loops and 'case' commands",
    "while": "'while' loops",
    "until": "'until' loops",
    "do": "loops",
    "done": "loops",
    "case": "'case' commands",
    "esac": "'case' commands",
    "select": "'select' menus",
}
"""What a reserved word begins or continues."""

_ALTERNATIVES = {
    "return": "'return' is not part of simpsh, which has no functions; 'exit' ends the shell",
    "break": "'break' is not part of simpsh, which has no loops",
    "continue": "'continue' is not part of simpsh, which has no loops; 'kill -CONT' resumes a job",
    "local": "'local' is not part of simpsh, which has no functions; ( … ) keeps a change inside",
    "NAME=(": "arrays are not part of simpsh; use the positional parameters (set -- a b), or "
    "run bash -c '…'",
    ";;": f"';;' belongs to 'case' commands, which {_SCOPE}; {_BASH}",
    "function": f"functions {_SCOPE}; put the commands in a script, or {_BASH}",
    "[[": f"'[[ ]]' is not part of simpsh; use the program test or [, or {_BASH}",
    "<(": "'<( )' is not part of simpsh; join the commands by a pipe, or name one with mkfifo",
    ">(": "'>( )' is not part of simpsh; join the commands by a pipe, or name one with mkfifo",
}


def alternative(construct: str) -> str:
    """Say what to do instead of a reserved word, a builtin, or what begins with an operator."""
    if construct in _ALTERNATIVES:
        return _ALTERNATIVES[construct]
    what = _CONSTRUCTS[construct]
    if f"'{construct}'" not in what:
        what = f"'{construct}': {what}"
    return f"{what} {_SCOPE}; {_BASH}"


def parameter_operator(name: str, rest: str, text: str) -> str:
    """Say what to do instead of `${…}` with an operator, '' if `text` holds none.

    Args:
        name: The parameter's name, as far as it is one.
        rest: What follows the name, to `}` or to the end of the line.
        text: The whole expansion.
    """
    if name == "!" and rest[:1] not in ("", "}"):
        return f"'{text}', a parameter named by another, is not part of simpsh; {_BASH}"
    return _OPERATORS.get(rest[:1], "").format(text=text) if name else ""


_OPERATORS = {
    ":": "'{text}', a part of a value, is not part of simpsh; run expr or cut for it",
    "/": "'{text}', a replacement, is not part of simpsh; run sed or tr",
    "^": "'{text}', a change of case, is not part of simpsh; run tr a-z A-Z",
    ",": "'{text}', a change of case, is not part of simpsh; run tr A-Z a-z",
    "@": "'{text}', a transformation, is not part of simpsh; run bash -c '…'",
    "[": "'{text}': arrays are not part of simpsh; use the positional parameters (set -- a b)",
}
