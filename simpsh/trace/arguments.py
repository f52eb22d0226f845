"""A call's arguments and result in plain form: numbers, texts and lists, as JSON can hold them."""

from __future__ import annotations

from simpsh.kernel.waiting import Waited
from simpsh.record import Record
from simpsh.wait_status import Continued, Exited, Killed, Stopped, encode

_LONGEST_TEXT = 4096
_MOST_WORDS = 64


def plain(args: tuple[object, ...]) -> tuple[object, ...]:
    """Return arguments as they can be sent and recorded, shortened where they are long."""
    return tuple(plain_one(value) for value in args)


def plain_one(value: object) -> object:
    """Return one argument or result in its plain form.

    An environment becomes the number of its entries, dispositions become pairs, a wait status
    its word, a record the list of its fields.

    >>> plain_one(Waited(7, Exited(3), None))
    [7, 768, None]
    """
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, bytes):
        return value[:_LONGEST_TEXT].decode(errors="backslashreplace")
    return _plain_structure(value)


def _plain_structure(value: object) -> object:
    match value:
        case dict():
            return _plain_mapping(value)
        case set() | frozenset():
            return sorted(int(number) for number in value)
        case list() | tuple():
            return [plain_one(one) for one in value[:_MOST_WORDS]]
        case Record():
            return _plain_record(value)
        case _:
            return "handler" if callable(value) else repr(value)[:_LONGEST_TEXT]


def _plain_mapping(value: dict[object, object]) -> object:
    if all(isinstance(key, int) for key in value):
        return [[key, _disposition(action)] for key, action in value.items()]
    return len(value)


def _plain_record(value: Record) -> object:
    match value:
        case Exited() | Killed() | Stopped() | Continued():
            return encode(value)
        case Waited(pid, status, rusage):
            return [pid, encode(status), _usage(rusage)]
        case _:
            return [plain_one(getattr(value, name)) for name in type(value)._fields]


def _disposition(action: object) -> object:
    return int(action) if isinstance(action, int) else "handler"


def _usage(rusage: object) -> object:
    names = ("ru_utime", "ru_stime", "ru_maxrss")
    return [getattr(rusage, name) for name in names] if rusage is not None else None
