"""Frozen dataclasses <-> bytes, by their type hints: compact JSON (a dataclass is the list of its fields), deflated.

No pickle: reading a file of another's making can give a wrong result at worst, never run code. :func:`schema` names
the shape of a type; it belongs into the key under which bytes are kept, so that a changed class is never misread.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

T = TypeVar("T")
_Convert = Callable[[Any], Any]

_FORMAT = b"J1"
_SLICE = 200
"""Items of a list that become text in one call. A call holds the interpreter: for the thousands of mentions in a long
document that would be a frame or two of the window."""


class CodecError(ValueError):
    """The bytes are not what :func:`encode` makes for this type."""


def encode(value: object) -> bytes:
    """``value`` (a dataclass of plain fields, other dataclasses, tuples and dicts of them) as bytes."""
    deflate = zlib.compressobj(1)
    pieces = [_FORMAT]
    for text in _texts(value):
        # Text of damaged documents may hold lone surrogates.
        pieces.append(deflate.compress(text.encode("utf-8", "surrogatepass")))
    pieces.append(deflate.flush())
    return b"".join(pieces)


def decode(kind: type[T], data: bytes) -> T:
    """What :func:`encode` was given. Raises :class:`CodecError`."""
    if data[: len(_FORMAT)] != _FORMAT:
        raise CodecError("unknown format")
    hint: Any = kind
    try:
        plain = json.loads(zlib.decompress(data[len(_FORMAT) :]).decode("utf-8", "surrogatepass"))
        return cast(T, _decoder(hint)(plain))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, zlib.error, RecursionError) as error:
        raise CodecError(f"not a {kind.__name__}") from error


def _texts(value: object) -> Iterator[str]:
    """``value`` as compact JSON, piece by piece: the whole of a long document's blocks as plain lists and as text is
    several times what the document takes."""
    hint: Any = type(value)
    if not dataclasses.is_dataclass(hint):
        yield _dumps(_encoder(hint)(value))
        return
    hints = typing.get_type_hints(hint)
    for number, field in enumerate(dataclasses.fields(hint)):
        yield "," if number else "["
        encode_field, part = _encoder(hints[field.name]), getattr(value, field.name)
        if isinstance(part, tuple) and typing.get_args(hints[field.name])[1:] == (Ellipsis,):
            yield "["
            for first in range(0, len(part), _SLICE):
                inside = _dumps(encode_field(part[first : first + _SLICE]))[1:-1]
                yield f",{inside}" if first else inside
            yield "]"
        else:
            yield _dumps(encode_field(part))
    yield "]" if dataclasses.fields(hint) else "[]"


def _dumps(value: object) -> str:
    """As ``json.dumps``, but long lists, also those in lists, in several calls."""
    if isinstance(value, list):
        if len(value) > _SLICE:
            parts = (value[first : first + _SLICE] for first in range(0, len(value), _SLICE))
            return f"[{','.join(_dumps(part)[1:-1] for part in parts)}]"
        if any(isinstance(item, list) and len(item) > _SLICE for item in value):
            return f"[{','.join(map(_dumps, value))}]"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def schema(kind: Any) -> str:
    """A short name for the shape of ``kind`` and of all that it holds: field names, order and types."""
    return _schema(kind)


@cache
def _schema(kind: Any) -> str:
    return hashlib.sha256(_describe(kind, ()).encode()).hexdigest()[:12]


def _describe(hint: Any, above: tuple[Any, ...]) -> str:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if hint in above:
            return hint.__name__
        hints = typing.get_type_hints(hint)
        inner = ",".join(f"{f.name}:{_describe(hints[f.name], (*above, hint))}" for f in dataclasses.fields(hint))
        return f"{hint.__name__}({inner})"
    arguments = typing.get_args(hint)
    if arguments:
        return f"{typing.get_origin(hint)}[{','.join(_describe(argument, above) for argument in arguments)}]"
    return getattr(hint, "__name__", repr(hint))


@cache
def _encoder(hint: Any) -> _Convert:
    return _converter(hint, encoding=True)


@cache
def _decoder(hint: Any) -> _Convert:
    return _converter(hint, encoding=False)


def _converter(hint: Any, *, encoding: bool) -> _Convert:
    of = _encoder if encoding else _decoder
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint, encoding=encoding)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return _same
    if origin in (typing.Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        if any(_needs_work(argument) for argument in inner):
            if len(inner) != 1:
                raise TypeError(f"cannot tell the members of {hint} apart")
            one = of(inner[0])
            return lambda value: None if value is None else one(value)
        return _same
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            item = of(arguments[0])
            if item is _same:
                return list if encoding else tuple
            return (lambda v: [item(i) for i in v]) if encoding else (lambda v: tuple([item(i) for i in v]))
        items = [of(argument) for argument in arguments]
        out = list if encoding else tuple
        return lambda value: out(convert(part) for convert, part in zip(items, value, strict=True))
    if origin is dict and arguments[0] is str:
        of_value = of(arguments[1])
        return lambda value: {str(key): of_value(part) for key, part in value.items()}
    if hint is Path:
        return str if encoding else Path
    if hint in (int, float, str, bool):
        # On the way out numpy's numbers become Python's; on the way in a wrong type is an error, not a surprise.
        return cast(_Convert, hint) if encoding else _checker(hint)
    raise TypeError(f"no codec for {hint}")


def _dataclass(kind: type, *, encoding: bool) -> _Convert:
    of = _encoder if encoding else _decoder
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    parts: list[tuple[str, _Convert]] = []

    def prepare() -> list[tuple[str, _Convert]]:
        # Filled on first use: a class may hold itself.
        if not parts:
            parts.extend((name, of(hints[name])) for name in names)
        return parts

    if encoding:
        return lambda value: [convert(getattr(value, name)) for name, convert in prepare()]

    def build(value: Any) -> Any:
        if len(value) > len(prepare()):
            raise ValueError("more fields than there are")
        # Fields that a class got later have defaults, and stand last; without one this raises TypeError.
        return kind(*[convert(part) for (_, convert), part in zip(prepare(), value, strict=False)])

    return build


def _checker(kind: type) -> _Convert:
    def check(value: Any) -> Any:
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise TypeError(f"{type(value).__name__} is not {kind.__name__}")
        return value

    return check


def _needs_work(hint: Any) -> bool:
    return hint not in (int, float, str, bool) and typing.get_origin(hint) is not typing.Literal


def _same(value: Any) -> Any:
    return value
