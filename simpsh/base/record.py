"""A record is a value: named fields, fixed at birth, compared by content.

Dataclasses would do, but importing them costs 10 ms and each class 0.25 ms, which every
`simpsh -c` would pay. A `Record` class costs microseconds. A `Mutable` is no value: it may change.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar, dataclass_transform

    T = TypeVar("T", bound="Record | Mutable")
    V = TypeVar("V")
else:

    def dataclass_transform(**_: object) -> object:
        """Stand in for typing.dataclass_transform, whose module is slow to import."""
        return lambda cls: cls


class FieldsType(type):
    """Turn the annotations of a class into slots, match arguments and defaults."""

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, object],
        *,
        uncompared: tuple[str, ...] = (),
    ) -> FieldsType:
        """Create the class; `uncompared` names fields that equality and hash pass over."""
        # They are there as text: every module here says `from __future__ import annotations`.
        annotations = namespace.get("__annotations__")
        kinds: dict[str, str] = annotations if isinstance(annotations, dict) else {}
        own = tuple([field for field in kinds if not kinds[field].startswith("ClassVar")])
        above = next((base for base in bases if isinstance(base, FieldsType)), mcs)
        fields, setters = above._fields + own, above._setters  # noqa: SLF001 - of its own type
        keys, defaults = above._keys + own, above._defaults.copy()  # noqa: SLF001
        defaults.update([(field, namespace.pop(field)) for field in own if field in namespace])
        if uncompared:
            keys = tuple(field for field in keys if field not in uncompared)
        needed = len(fields)
        while needed and fields[needed - 1] in defaults:
            needed -= 1
        namespace["__slots__"] = own
        namespace["__match_args__"] = namespace["_fields"] = fields
        namespace["_defaults"] = defaults
        namespace["_keys"] = keys
        namespace["_last_defaults"] = tuple([defaults[field] for field in fields[needed:]])
        made = super().__new__(mcs, name, bases, namespace)
        # A record refuses assignment; its slots themselves do not, and need no name looked up.
        made._setters = (*setters, *[made.__dict__[field].__set__ for field in own])
        return made

    def completed(cls, values: tuple[object, ...], named: dict[str, object]) -> tuple[object, ...]:
        """Return a value for each field; raise TypeError where one lacks, or is too many."""
        missing = len(cls._setters) - len(values)
        if not named and 0 < missing <= len(cls._last_defaults):
            return values + cls._last_defaults[-missing:]
        fields, defaults = cls._fields, cls._defaults
        if missing < 0:
            raise TypeError(f"{cls.__name__} takes {len(fields)} values, not {len(values)}")
        try:
            rest = [
                named.pop(field) if field in named else defaults[field]
                for field in fields[len(values) :]
            ]
        except KeyError as lacking:
            raise TypeError(f"{cls.__name__} needs a value for {lacking}") from None
        if named:
            raise TypeError(f"{cls.__name__} has no field {next(iter(named))!r} left to set")
        return *values, *rest

    # A class that inherits from no other of this type inherits these.
    _fields: tuple[str, ...] = ()
    _setters: tuple[Callable[[object, object], None], ...] = ()
    _defaults: dict[str, object] = {}  # noqa: RUF012 - never changed
    _last_defaults: tuple[object, ...] = ()
    _keys: tuple[str, ...] = ()


@dataclass_transform(frozen_default=True, eq_default=True)
class RecordType(FieldsType):
    """The type of values."""


class Record(metaclass=RecordType):
    """A frozen value with the fields that its class annotates.

    >>> class Point(Record):
    ...     x: int
    ...     y: int = 0
    >>> Point(3) == Point(3, 0), Point(3)
    (True, Point(x=3, y=0))
    """

    def __init__(self, *values: object, **named: object) -> None:
        # Several are made for each command that a script runs: this is its busiest function.
        cls = type(self)
        setters = cls._setters
        if named or len(values) != len(setters):
            values = cls.completed(values, named)
        if len(values) == 1:
            # Most records that reading a line makes: without a loop, reading takes 7 % less time.
            setters[0](self, values[0])
            return
        for put, value in zip(setters, values):  # noqa: B905 - as many of each, see above
            put(self, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed: a record is a value")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted: a record is a value")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, key) == getattr(other, key) for key in type(self)._keys)

    def __hash__(self) -> int:
        cls = type(self)
        return hash((cls, *(getattr(self, key) for key in cls._keys)))

    def __repr__(self) -> str:
        inside = ", ".join(f"{field}={getattr(self, field)!r}" for field in type(self)._fields)
        return f"{type(self).__name__}({inside})"

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), tuple(getattr(self, field) for field in type(self)._fields)


class Fresh:
    """Makes the default of a field anew for each object; see fresh()."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def fresh(make: Callable[[], V]) -> V:
    """Return a field's default in a Mutable: what `make` returns, made for each object."""
    return Fresh(make)  # type: ignore[return-value] # until an object is made


@dataclass_transform(eq_default=False)
class Mutable(metaclass=FieldsType):
    """An object with the fields that its class annotates; they may change, and it is itself alone.

    >>> class Basket(Mutable):
    ...     owner: str
    ...     fruits: list[str] = fresh(list)
    >>> basket = Basket("ann")
    >>> basket.fruits.append("fig")
    >>> basket, Basket("ann")
    (Basket(owner='ann', fruits=['fig']), Basket(owner='ann', fruits=[]))
    """

    def __init__(self, *values: object, **named: object) -> None:
        Record.__init__(self, *values, **named)  # type: ignore[arg-type] # it sets fields alone
        for field, default in type(self)._defaults.items():  # noqa: SLF001 - of its own type
            if type(default) is Fresh and getattr(self, field) is default:
                setattr(self, field, default.make())

    __repr__ = Record.__repr__


def changed(record: T, **changes: object) -> T:
    """Return a copy of `record` with the named fields changed.

    >>> from simpsh.base.wait_status import Killed
    >>> changed(Killed(11), dumped_core=True)
    Killed(signal=SIGSEGV, dumped_core=True)
    """
    values = {field: getattr(record, field) for field in type(record)._fields}
    return type(record)(**{**values, **changes})


class suppress:  # noqa: N801 - named as the standard one
    """contextlib.suppress, for what a start needs: contextlib and its modules cost 1.5 ms."""

    def __init__(self, *errors: type[BaseException]) -> None:
        self._errors = errors

    def __enter__(self) -> None:
        pass

    def __exit__(self, error: type[BaseException] | None, *_: object) -> bool:
        """Say whether the error is one of those that are passed over."""
        return error is not None and issubclass(error, self._errors)
