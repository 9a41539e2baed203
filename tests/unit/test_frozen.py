"""`frozen` makes what the standard library's frozen, slotted dataclass is, in all that values are used for."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, astuple, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from swathe.frozen import frozen


@frozen
class Spot:
    """Where."""

    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list)
    note: str = field(default="", repr=False, compare=False)


@frozen
class High(Spot):
    """Where, and how far up."""

    z: int = 1

    def __post_init__(self) -> None:
        if self.z < 0:
            raise ValueError("below the ground")


@frozen
class Bare:
    """Nothing at all."""


@frozen
class Own:
    """One that compares itself."""

    x: int

    def __repr__(self) -> str:
        return "own"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __hash__(self) -> int:
        return 7


@frozen
class Counted:
    """One with a field that is not given."""

    x: int
    seen: list[int] = field(init=False, default_factory=list)


def _twin(kind: type[Any]) -> type[Any]:
    """The same by the standard library."""

    @dataclass(frozen=True, slots=True)
    class Spot:
        x: int
        y: int = 0
        tags: list[str] = field(default_factory=list)
        note: str = field(default="", repr=False, compare=False)

    @dataclass(frozen=True, slots=True)
    class High(Spot):
        z: int = 1

    return {"Spot": Spot, "High": High}[kind.__name__]


@pytest.mark.parametrize("kind", [Spot, High])
@pytest.mark.parametrize(
    "make",
    [
        lambda kind: kind(1),
        lambda kind: kind(1, 2, ["a"], "said"),
        lambda kind: kind(y=3, x=1),
        lambda kind: replace(kind(1, tags=["b"]), x=2),
    ],
)
def test_a_value_is_as_the_standard_library_makes_it(kind: type[Any], make: Callable[[type[Any]], Any]) -> None:
    ours, theirs = make(kind), make(_twin(kind))
    assert asdict(ours) == asdict(theirs)
    assert astuple(ours) == astuple(theirs)
    assert repr(ours).partition("(")[2] == repr(theirs).partition("(")[2]
    assert [each.name for each in fields(kind)] == [each.name for each in fields(_twin(kind))]
    assert kind.__match_args__ == _twin(kind).__match_args__
    assert is_dataclass(kind)
    assert not hasattr(ours, "__dict__")


def test_the_first_use_may_be_any() -> None:
    for use in (hash, repr, lambda value: value == copy.copy(value), copy.copy):

        @frozen
        class Fresh:
            """Declared for this."""

            x: int = 1

        use(Fresh())


def test_values_are_equal_where_their_fields_are() -> None:
    assert Spot(1) == Spot(1, note="other") != Spot(2)
    assert Spot(1) != High(1)
    assert Spot(1) != (1, 0, [])
    assert Bare() == Bare()
    assert hash(Bare()) == hash(Bare())
    assert Own(1) == Own(2)
    assert (hash(Own(1)), repr(Own(1))) == (7, "own")


def test_a_value_with_a_list_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Spot(1))


def test_a_value_is_not_changed() -> None:
    spot = Spot(1)
    with pytest.raises(FrozenInstanceError, match="assign to field 'x'"):
        spot.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="delete field 'x'"):
        del spot.x
    with pytest.raises(FrozenInstanceError):
        spot.other = 2  # type: ignore[attr-defined]
    assert spot == Spot(1)


def test_each_value_has_a_default_of_its_own() -> None:
    Spot(1).tags.append("a")
    Counted(1).seen.append(2)
    assert (Spot(1).tags, Counted(1).seen) == ([], [])


@pytest.mark.parametrize("value", [Spot(1, 2, ["a"]), High(1, z=3), Bare(), Own(1)])
def test_a_value_can_be_copied_and_pickled(value: object) -> None:
    assert copy.copy(value) == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value


def test_what_is_wrong_is_refused() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Spot()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'w'"):
        Spot(1, w=2)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="below the ground"):
        High(1, z=-1)


def test_a_value_is_matched_by_position() -> None:
    match Spot(1, 2):
        case Spot(x, y):
            assert (x, y) == (1, 2)
