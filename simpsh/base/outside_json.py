"""JSON and TOML that come from outside: damaged, endless or hostile, they are refused in one line.

    with expecting(f"{path}: this is not a result of ours"):
        value = read_json(path)              # a dict, or BadData
        points = number_of(value["points"])  # KeyError, TypeError, ValueError …: BadData as well

`read_json` and `read_toml` read a file, `json_object` takes what was read already.
"""

from __future__ import annotations

from _json import make_scanner

from simpsh.base.errors import SimpshError, naming
from simpsh.base.record import suppress

MOST_BYTES = 64 << 20
"""The largest file that is read."""
MOST_LEVELS = 100
"""How deep lists and objects may lie in each other: what walks through them recurses."""

_MISFITS = (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


class BadData(SimpshError):
    """What was read is not what was expected; the message says of which file, and why."""


class expecting:  # noqa: N801 - a statement's word
    """Refuse what is not of the expected shape: raise BadData, with these words.

    Within it, values are taken as if they were what is wanted: `number_of(value["points"])`.
    """

    def __init__(self, otherwise: str) -> None:
        self._otherwise = otherwise

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, (BadData, *_MISFITS)):
            raise BadData(self._otherwise) from error


def read_json(path: str) -> dict[str, object]:
    """Return the JSON object that a file holds.

    Raises SimpshError: the file cannot be read. BadData: it is too large, or holds no JSON object.
    """
    return json_object(_read(path), path)


def json_object(text: str | bytes, source: str) -> dict[str, object]:
    """Return the JSON object that a text from outside is; errors begin with its source.

    Raises BadData: it is no JSON, is nested too deeply, or is something other than an object.
    """
    try:
        value = json_value(text if isinstance(text, str) else text.decode())
        _refuse_depth(value, text)
    except (RecursionError, ValueError) as error:
        raise _refusal("JSON", source, error) from None
    if not isinstance(value, dict):
        raise BadData(f"{source}: this is not a JSON object")
    return value


def _refusal(language: str, source: str, error: Exception) -> BadData:
    # What follows is advice for programmers.
    reason = str(error).partition(" for integer string conversion")[0]
    if isinstance(error, RecursionError):
        reason = "it is nested too deeply"
    return BadData(f"{source}: not {language}: {reason}")


def json_value(text: str) -> object:
    """Return the value that a text of JSON is; raises ValueError, RecursionError.

    By the scanner alone: json takes longer to load than a list of lessons. It tells of mistakes.
    """
    whole = text.strip(" \t\n\r")
    # SystemError: of a mistake, where the module is not loaded whose exception tells of it.
    with suppress(StopIteration, ValueError, SystemError):
        value, end = make_scanner(_Context)(whole, 0)  # type: ignore[arg-type]  # by its attributes
        if end == len(whole):
            return value
    from json import JSONDecoder

    return JSONDecoder(parse_constant=_refuse).decode(text)


def _refuse(word: str) -> object:
    # Python takes NaN and Infinity; JSON has neither, and no sum survives them.
    raise ValueError(f"{word} is not a number")


class _Context:
    """What the scanner asks for; see json.JSONDecoder."""

    strict, object_hook, object_pairs_hook = True, None, None
    parse_float, parse_int, parse_constant = float, int, _refuse


def _refuse_depth(found: object, text: str | bytes) -> None:
    """Raise RecursionError for what lies deeper than MOST_LEVELS; see json_object()."""
    lists, objects = ("[", "{") if isinstance(text, str) else (b"[", b"{")
    if text.count(lists) + text.count(objects) <= MOST_LEVELS:  # type: ignore[arg-type]
        return
    layer = [found]
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


def read_toml(path: str) -> dict[str, object]:
    """Return the table that a TOML file holds; raises as read_json()."""
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
