"""A value read from a file fits a record's field, or it does not; nothing is believed unchecked."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T", bound=Record)

_SCALARS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "str": (str,),
    "bool": (bool,),
    "float": (int, float),
    "int | None": (int, type(None)),
}
_ITEMS: dict[str, tuple[tuple[type, ...], ...]] = {
    "tuple[int, ...]": ((int,),),
    "tuple[str, ...]": ((str,),),
    "tuple[tuple[int, str], ...]": ((int,), (str,)),
    "tuple[tuple[str, str], ...]": ((str,), (str,)),
    "tuple[tuple[int, str, bool], ...]": ((int,), (str,), (bool,)),
}


def built(kind: type[T], values: Mapping[str, object], **given: object) -> T | None:
    """Return a record of `kind` made from those of `values` that are its fields.

    Args:
        kind: the class of record.
        values: what a line of JSON held, by name; names that are no fields are passed over.
        given: fields that are already known to fit.

    Returns:
        The record, lists turned into tuples; None if a value does not fit its field, or one
        that has no default is missing.

    >>> from simpsh.events import Stop
    >>> built(Stop, {"signal": 20, "mood": "blue"}), built(Stop, {"signal": "20"})
    (Stop(signal=20), None)
    """
    found = dict(given)
    for name in kind._fields:
        if name in found:
            continue
        if name in values:
            if not _fits(kind.__annotations__[name], values[name]):
                return None
            found[name] = _frozen(values[name])
        elif name not in kind._defaults:  # noqa: SLF001 - a record's schema
            return None
    return kind(**found)


def _fits(annotation: str, value: object) -> bool:
    scalar = _SCALARS.get(annotation)
    if scalar is not None:
        # bool is an int to isinstance, but true is no pid.
        return type(value) in scalar
    if annotation == "object":
        return True
    if not isinstance(value, list):
        return False
    shape = _ITEMS.get(annotation)
    if shape is None:
        return annotation == "tuple[object, ...]"
    if len(shape) == 1:
        return all(type(item) in shape[0] for item in value)
    return all(
        isinstance(item, list)
        and len(item) == len(shape)
        and all(type(part) in allowed for part, allowed in zip(item, shape, strict=True))
        for item in value
    )


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value
