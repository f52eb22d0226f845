"""A record is an immutable value with named fields, compared by content.

Importing dataclasses takes 10 ms and each dataclass 0.25 ms, in every `simpsh -c`. A `Record` class
takes microseconds. A `Mutable` has fields that may change, and is compared by identity.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar, dataclass_transform

    class _Fields:
        a: object
        b: object
        c: object
        d: object
        e: object
        f: object

    T = TypeVar("T", bound="Record | Mutable")
    V = TypeVar("V")
else:

    def dataclass_transform(**_: object) -> object:
        """Replace typing.dataclass_transform, because importing typing is slow."""
        return lambda cls: cls


class Fresh:
    """A default that is created separately for each object; see fresh()."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def fresh(make: Callable[[], V]) -> V:
    """Return a default for a field of a Mutable: the result of `make`, called for each object."""
    return Fresh(make)  # type: ignore[return-value] # until an object is made


class FieldsType(type):
    """Metaclass that turns a class's annotations into slots, match arguments and defaults."""

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, object],
        *,
        uncompared: tuple[str, ...] = (),
    ) -> FieldsType:
        """Create the class; equality and hash ignore the fields in `uncompared`."""
        # Annotations are strings: every module imports annotations from __future__.
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
        last = tuple([defaults[field] for field in fields[needed:]])
        namespace["_last_defaults"] = () if Fresh in map(type, last) else last
        made = super().__new__(mcs, name, bases, namespace)
        # Setting by slot descriptors bypasses __setattr__ and needs no lookup of names.
        made._setters = (*setters, *[made.__dict__[field].__set__ for field in own])
        # Do not replace a constructor that a class in another module defines.
        inherited = made.__init__  # type: ignore[misc] # of the class, not of an instance
        if own and getattr(inherited, "__module__", __name__) == __name__:
            made.__init__ = _initializer(made)  # type: ignore[misc] # as @dataclass does
        return made

    def completed(cls, values: tuple[object, ...], named: dict[str, object]) -> tuple[object, ...]:
        """Return a value for each field; raise TypeError for missing or superfluous values."""
        missing = len(cls._setters) - len(values)
        if not named and 0 < missing <= len(cls._last_defaults):
            return values + cls._last_defaults[-missing:]
        fields, defaults = cls._fields, cls._defaults
        if missing < 0:
            raise TypeError(f"{cls.__name__} takes {len(fields)} values, not {len(values)}")
        try:
            others = [
                named.pop(field) if field in named else defaults[field]
                for field in fields[len(values) :]
            ]
        except KeyError as lacking:
            raise TypeError(f"{cls.__name__} needs a value for {lacking}") from None
        if named:
            raise TypeError(f"{cls.__name__} has no field {next(iter(named))!r} left to set")
        return *values, *[each.make() if type(each) is Fresh else each for each in others]

    # Inherited by classes without a base of this type.
    _fields: tuple[str, ...] = ()
    _setters: tuple[Callable[[object, object], None], ...] = ()
    _defaults: dict[str, object] = {}  # noqa: RUF012 - never changed
    _last_defaults: tuple[object, ...] = ()
    _keys: tuple[str, ...] = ()


def _initializer(cls: FieldsType) -> object:
    """Return the `__init__` of a class: the busiest function when a script runs."""
    setters = cls._setters
    count = len(setters)
    # Each field without a default must be before all others.
    is_ordered = len(cls._last_defaults) == len(cls._defaults)
    put: object = cls.__setattr__
    if is_ordered and 0 < count <= len(_SETTING) and put is object.__setattr__:
        # exec() would take longer than giving other names to the parts of a function.
        setting = _SETTING[count - 1].__code__
        names = (setting.co_varnames[0], *cls._fields)
        code = setting.replace(co_varnames=names, co_names=cls._fields)
        function = type(_initializer)  # importing types.FunctionType is slow
        return function(code, {}, "", cls._last_defaults)  # type: ignore[misc] # a function's type

    def set_fields(self: object, *values: object, **named: object) -> None:
        if named or len(values) != count:
            values = cls.completed(values, named)
        for put, value in zip(setters, values):  # noqa: B905 - equal lengths, see above
            put(self, value)

    return set_fields


def _set_1(self: _Fields, a: object) -> None:
    self.a = a


def _set_2(self: _Fields, a: object, b: object) -> None:
    self.a = a
    self.b = b


def _set_3(self: _Fields, a: object, b: object, c: object) -> None:
    self.a = a
    self.b = b
    self.c = c


def _set_4(self: _Fields, a: object, b: object, c: object, d: object) -> None:
    self.a = a
    self.b = b
    self.c = c
    self.d = d


def _set_5(self: _Fields, a: object, b: object, c: object, d: object, e: object) -> None:
    self.a = a
    self.b = b
    self.c = c
    self.d = d
    self.e = e


def _set_6(  # noqa: PLR0913 - one for each field
    self: _Fields, a: object, b: object, c: object, d: object, e: object, f: object
) -> None:
    self.a = a
    self.b = b
    self.c = c
    self.d = d
    self.e = e
    self.f = f


_SETTING = _set_1, _set_2, _set_3, _set_4, _set_5, _set_6
"""For up to six fields, an `__init__` that needs only the fields' names."""


@dataclass_transform(frozen_default=True, eq_default=True)
class RecordType(FieldsType):
    """Metaclass of immutable values."""


class Record(metaclass=RecordType):
    """An immutable value with the fields that its class annotates.

    >>> class Point(Record):
    ...     x: int
    ...     y: int = 0
    >>> Point(3) == Point(3, 0), Point(3)
    (True, Point(x=3, y=0))
    """

    def __init__(self, *values: object, **named: object) -> None:
        # Called only by classes that define their own `__init__`.
        cls = type(self)
        for put, value in zip(cls._setters, cls.completed(values, named)):  # noqa: B905 - equal
            put(self, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed: a record is a value")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted: a record is a value")

    # Hidden from mypy, which otherwise accepts every comparison of a record: with these hidden, it
    # refuses `reap.by == "kernel"`.
    if not TYPE_CHECKING:

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


class Node(Record):
    """A record of which there are very many; only mypy prevents changing it.

    Without a check of each assignment, it is created in less than half the time.
    """

    if not TYPE_CHECKING:
        __setattr__ = object.__setattr__
        __delattr__ = object.__delattr__


@dataclass_transform(eq_default=False)
class Mutable(metaclass=FieldsType):
    """An object with the fields that its class annotates; fields may change.

    >>> class Basket(Mutable):
    ...     owner: str
    ...     fruits: list[str] = fresh(list)
    >>> basket = Basket("ann")
    >>> basket.fruits.append("fig")
    >>> basket, Basket("ann")
    (Basket(owner='ann', fruits=['fig']), Basket(owner='ann', fruits=[]))
    """

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
    """Like contextlib.suppress, whose import takes 1.5 ms at the start."""

    def __init__(self, *errors: type[BaseException]) -> None:
        self._errors = errors

    def __enter__(self) -> None:
        pass

    def __exit__(self, error: type[BaseException] | None, *_: object) -> bool:
        """Return whether to suppress the error."""
        return error is not None and issubclass(error, self._errors)
