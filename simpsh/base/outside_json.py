"""Reading JSON and TOML that may be damaged, too large or hostile; errors are one line.

    with expecting(f"{path}: this is not a result of ours"):
        value = read_own_json(path)          # a dict, or BadData
        points = number_of(value["points"])  # KeyError, TypeError, ValueError … become BadData

`read_own_json` and `read_toml` read a file, `json_object` parses a string. `record_of` converts
such a value to a record, and `fields_of` a record to such a value.
"""

from __future__ import annotations

import sys

from simpsh.base.errors import SimpshError, naming
from simpsh.base.file_store import read_own
from simpsh.base.record import FieldsType, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from json import JSONDecoder
    from typing import TypeVar

    _Entry = TypeVar("_Entry")

MOST_BYTES = 64 << 20
"""The largest file that is read."""
MOST_LEVELS = 100
"""The deepest nesting of lists and objects; code that walks through them recurses."""

_MISFITS = (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


_NO_OBJECT = "this is not a JSON object"


class BadData(SimpshError):
    """The data do not have the expected form; the message names the file and the reason."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason or message
        """The reason alone, without the file and a place in it."""


class expecting:  # noqa: N801 - a statement's word
    """Convert errors about the data's form in the block into BadData with this message.

    So the block can use values as if they had the expected form: `number_of(value["points"])`.
    """

    def __init__(self, otherwise: str) -> None:
        self._otherwise = otherwise

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, (BadData, *_MISFITS)):
            raise BadData(self._otherwise) from error


def read_own_json(path: str) -> dict[str, object]:
    """Return the JSON object in a file that simpsh wrote for this user; see file_store.

    Raises SimpshError: the file cannot be read. NotTrusted: another user may have changed it.
    BadData: it is too large, or not a JSON object.
    """
    with naming(path):
        data = read_own(path)
    return json_object(data, path)


def json_object(text: str | bytes, source: str) -> dict[str, object]:
    """Parse a JSON object; error messages begin with `source`.

    Raises BadData: invalid JSON, too deep nesting, or not an object.
    """
    try:
        value = _decode(text if isinstance(text, str) else text.decode())
        _refuse_depth(value, text)
    except (RecursionError, ValueError) as error:
        raise _refusal("JSON", source, error) from None
    if not isinstance(value, dict):
        raise BadData(f"{source}: {_NO_OBJECT}", _NO_OBJECT)
    return value


def _refusal(language: str, source: str, error: Exception) -> BadData:
    # The rest of this message is advice for programmers.
    reason = str(error).partition(" for integer string conversion")[0]
    if isinstance(error, RecursionError):
        reason = "it is nested too deeply"
    return BadData(f"{source}: not {language}: {reason}", getattr(error, "msg", reason))


def _refuse(word: str) -> object:
    # Python accepts NaN and Infinity, which are not JSON.
    raise ValueError(f"{word} is not a number")


def _decode(text: str) -> object:
    global _decoder
    if _decoder is None:
        from json import JSONDecoder  # slow to load, and a trace only writes JSON

        _decoder = JSONDecoder(parse_constant=_refuse)
    return _decoder.decode(text)


_decoder: JSONDecoder | None = None


def _refuse_depth(value: object, text: str | bytes) -> None:
    """Raise RecursionError if `value`, parsed from `text`, is nested deeper than MOST_LEVELS."""
    lists, objects = ("[", "{") if isinstance(text, str) else (b"[", b"{")
    if text.count(lists) + text.count(objects) <= MOST_LEVELS:  # type: ignore[arg-type]
        return
    layer = [value]
    for _ in range(MOST_LEVELS):
        inner: list[object] = []
        for part in layer:
            if isinstance(part, list | dict):
                inner += part.values() if isinstance(part, dict) else part
        layer = inner
    if any(isinstance(part, list | dict) for part in layer):
        raise RecursionError


def list_of(value: object) -> list[object]:
    """Return a value that is a list; raises TypeError."""
    if not isinstance(value, list):
        raise TypeError("this is not a list")
    return value


def object_of(value: object) -> dict[str, object]:
    """Return a value that is an object; raises TypeError."""
    if not isinstance(value, dict):
        raise TypeError("this is not an object")
    return value


def number_of(value: object) -> float:
    """Return a value that is a finite number; raises TypeError, ValueError or OverflowError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("this is not a number")
    if float(value) - float(value) != 0:
        raise ValueError("this number is not finite")
    return float(value)


def fields_of(value: object) -> object:
    """Return the JSON value of a record or a datetime; for `json.dumps(default=fields_of)`."""
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="seconds")
    return {name: getattr(value, name) for name in value._fields}  # type: ignore[attr-defined]


def record_of(kind: type[_Entry], value: object, **given: object) -> _Entry:
    """Convert a JSON object to a record; raises TypeError if a field is missing or does not fit.

    `given` are further fields. Fields that the record does not have are ignored.

    >>> from simpsh.base.events import Stop
    >>> record_of(Stop, {"signal": 20, "mood": "blue"})
    Stop(signal=20)
    """
    data, kinds = object_of(value), kind.__annotations__
    namespace = vars(sys.modules[kind.__module__])
    fields = dict(given)
    for name in kind._fields:  # type: ignore[attr-defined]
        if name in data and name not in given:
            fields[name] = _value_as(kinds[name], data[name], namespace)
    return kind(**fields)


_SCALARS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (int, float),
    "int | None": (int, type(None)),
}
_BEYOND = 1 << 63
"""All numbers of the kernel are smaller."""


def _value_as(kind: str, value: object, namespace: Mapping[str, object]) -> object:
    """Convert a JSON value to an annotation's type, given its module's names; raises TypeError."""
    if kind in _SCALARS:
        # isinstance(True, int) is true, but `true` is not a pid.
        fits = type(value) in _SCALARS[kind]
        if not fits or (isinstance(value, int | float) and not -_BEYOND < value < _BEYOND):
            raise TypeError(f"{value!r} is no {kind}")
        return value
    if kind.endswith(" | None"):
        return None if value is None else _value_as(kind.removesuffix(" | None"), value, namespace)
    if kind == "object":
        if type(value) is list:
            return tuple(_value_as(kind, entry, namespace) for entry in value)
        return value
    outer, _, inner = kind.removesuffix("]").partition("[")
    if outer in ("dict", "Mapping"):
        entries = object_of(value)
        of_each = inner.partition(", ")[2]
        return {name: _value_as(of_each, entry, namespace) for name, entry in entries.items()}
    if outer in ("list", "tuple"):
        items = list_of(value)
        is_row = outer == "tuple" and not inner.endswith(", ...")
        kinds = inner.split(", ") if is_row else [inner.removesuffix(", ...")] * len(items)
        if len(kinds) != len(items):
            raise TypeError(f"{value!r} is no {kind}")
        converted = [_value_as(*pair, namespace) for pair in zip(kinds, items)]  # noqa: B905 - equal
        return converted if outer == "list" else tuple(converted)
    if kind == "datetime":
        from datetime import datetime  # only classes have times

        return datetime.fromisoformat(str(value))
    if kind in namespace:
        return _instance_of(namespace[kind], value)
    if outer != "Literal" or repr(value) not in inner.split(", "):
        raise TypeError(f"{value!r} is no {kind}")
    return value


def _instance_of(kind: object, value: object) -> object:
    """Convert a JSON value to a record, a name, a constant of a class, or a member of a union."""
    for part in getattr(kind, "__args__", ()):
        with suppress(TypeError):
            return _instance_of(part, value)
    if isinstance(kind, FieldsType):
        if isinstance(value, str) and value and getattr(kind, "IS_NAME", False):
            return kind(value)
        constants = getattr(kind, "BY_WORD", None)
        if constants is None:
            return record_of(kind, value)  # type: ignore[arg-type]  # a Record or Mutable
        if isinstance(value, str) and value in constants:
            return constants[value]
    raise TypeError(f"{value!r} does not fit")


def read_toml(path: str) -> dict[str, object]:
    """Return the table in a TOML file of the user; raises SimpshError, BadData."""
    import tomllib

    data = _read(path)
    try:
        return tomllib.loads(data.decode())
    except (RecursionError, ValueError) as error:
        raise _refusal("TOML", path, error) from None


def _read(path: str) -> bytes:
    with naming(path), open(path, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadData(f"{path}: it is larger than {MOST_BYTES >> 20} MiB")
    return data
