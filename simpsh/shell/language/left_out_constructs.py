"""What simpsh leaves out on purpose, and what to do instead: one line for each construct.

Loaded only when such a construct is met.
"""

from __future__ import annotations

from simpsh.shell.language.characters import is_name

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
    "$((": f"arithmetic '$(( ))' is not part of simpsh; run expr 1 + 2, or {_BASH}",
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


def parameter_operator(name: str, text: str) -> str:
    """Say what to do instead of `${…}` with an operator, '' if `text` holds none.

    Args:
        name: The parameter's name, as far as it is one.
        text: The whole expansion, from `$` to `}` or to the end of the line.
    """
    inside = text[2:]
    rest = inside[len(name) :]
    if name == "#" and rest[:1] not in ("", "}"):
        return (
            f"'{text}', the length of a parameter, is not part of simpsh; run printf %s … | wc -c"
        )
    if inside.startswith("!") and rest[:1] not in ("", "}"):
        return f"'{text}', a parameter named by another, is not part of simpsh; {_BASH}"
    if not name or not (is_name(name) or name.isdigit() or name in "@*#?$!-"):
        return ""
    # With a colon, `${name:-word}` and its like also take an empty value for none.
    operator = rest[1:2] if rest[:2] in (":-", ":=", ":?", ":+") else rest[:1]
    return _OPERATORS.get(operator, "").format(text=text, name=name)


_OPERATORS = {
    ":": "'{text}', a part of a value, is not part of simpsh; run expr or cut for it",
    "-": "'{text}', a default value, is not part of simpsh; give {name} a value first",
    "=": "'{text}', a default value, is not part of simpsh; write {name}=… before it is used",
    "?": "'{text}', a check for a value, is not part of simpsh; 'set -u' finds unset ones",
    "+": "'{text}', another value, is not part of simpsh; give {name} the value itself",
    "%": "'{text}', which cuts off an ending, is not part of simpsh; run basename or dirname",
    "#": "'{text}', which cuts off a beginning, is not part of simpsh; run basename, or sed",
    "/": "'{text}', a replacement, is not part of simpsh; run sed or tr",
    "^": "'{text}', a change of case, is not part of simpsh; run tr a-z A-Z",
    ",": "'{text}', a change of case, is not part of simpsh; run tr A-Z a-z",
    "@": "'{text}', a transformation, is not part of simpsh; run bash -c '…'",
    "[": "'{text}': arrays are not part of simpsh; use the positional parameters (set -- a b)",
}
