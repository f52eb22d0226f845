"""What simpsh leaves out on purpose, and what to do instead: one line for each construct.

Loaded only when such a construct is met.
"""

from __future__ import annotations

from simpsh.shell.language.characters import is_name

_SCOPE = "are not part of simpsh (it teaches processes, not programming)"
_BASH = "run bash -c '…'"

_ALTERNATIVES = {
    "$((": f"arithmetic '$(( ))' is not part of simpsh; run expr 1 + 2, or {_BASH}",
    "NAME=(": "arrays are not part of simpsh; use the positional parameters (set -- a b), or "
    "run bash -c '…'",
    "select": f"'select' is not part of simpsh; print a menu and 'read' the answer, or {_BASH}",
    "function": "'function' is not part of simpsh; write name() { …; }, as the standard has it",
    "[[": f"'[[ ]]' is not part of simpsh; use the program test or [, or {_BASH}",
    "<(": "'<( )' is not part of simpsh; join the commands by a pipe, or name one with mkfifo",
    ">(": "'>( )' is not part of simpsh; join the commands by a pipe, or name one with mkfifo",
}


def alternative(construct: str) -> str:
    """Say what to do instead of a reserved word, a builtin, or what begins with an operator."""
    return _ALTERNATIVES[construct]


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
