"""Evaluates `[[ ]]`, whose words are neither split nor matched against files."""

from __future__ import annotations

import os

from simpsh.base.errors import UsageProblem
from simpsh.shell.builtins import test_expression
from simpsh.shell.language import arithmetic
from simpsh.shell.language.glob_pattern import matcher
from simpsh.shell.language.syntax_tree import (
    DoubleQuoted,
    Joined,
    Negation,
    Parenthesized,
    Quoted,
    Test,
)
from simpsh.shell.language.word_expansion import pattern_of, single

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.shell.language.syntax_tree import Expression, Word
    from simpsh.shell.language.word_expansion import Scope
    from simpsh.shell.state import State


def holds(expression: Expression, state: State, scope: Scope) -> bool:
    """Return whether a condition is true.

    Raises UsageProblem: an operand is not a number, or not a regular expression. ExpansionProblem:
    a word cannot be expanded.
    """
    match expression:
        case Negation(inside):
            return not holds(inside, state, scope)
        case Parenthesized(inside):
            return holds(inside, state, scope)
        case Joined(operator, left, right):
            is_true = holds(left, state, scope)
            return is_true if is_true == (operator == "||") else holds(right, state, scope)
        case Test(operator, operands):
            first = single(operands[0], scope)
            if len(operands) == 1:
                return _has(operator, first, state)
            return _compare(first, operator, operands[1], scope)


def _has(operator: str, operand: str, state: State) -> bool:
    if operator == "":
        return operand != ""
    if operator == "-v":
        return state.parameter(operand) is not None
    if operator == "-o":
        return operand in state.options.NAMES and bool(getattr(state.options, operand))
    return test_expression.holds(["-e" if operator == "-a" else operator, operand])


def _compare(left: str, operator: str, word: Word, scope: Scope) -> bool:
    if operator in ("=", "=="):
        return matcher(left, scope)(pattern_of(word, scope))
    if operator == "!=":
        return not matcher(left, scope)(pattern_of(word, scope))
    if operator == "=~":
        from simpsh.kernel.c_library import matches_expression

        pattern = _expression_of(word, scope)
        try:
            return matches_expression(os.fsencode(pattern), os.fsencode(left))
        except ValueError as error:
            raise UsageProblem(f"'{pattern}': not a regular expression: {error}") from None
    right = single(word, scope)
    if operator in test_expression.NUMERIC:
        # As in bash, both operands are arithmetic expressions.
        left, right = (
            str(arithmetic.value(text, scope)) if text.strip() else "0" for text in (left, right)
        )
    return test_expression.holds([left, operator, right])


def _expression_of(word: Word, scope: Scope) -> str:
    """Expand a regular expression, in which quoted text matches itself."""
    texts = []
    for part in word.parts:
        text = single(type(word)((part,)), scope)
        if isinstance(part, Quoted | DoubleQuoted):
            text = "".join(f"\\{char}" if char in "\\.[]{}()*+?^$|" else char for char in text)
        texts.append(text)
    return "".join(texts)
