"""Whether the numbers of a row of papers are all there: a pure check, no table, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NumberFaults:
    """What is wrong with one row of numbers: those that no paper has, that two have, that were never given."""

    missing: tuple[int, ...]
    double: tuple[int, ...]
    never_given: tuple[int, ...]

    def __bool__(self) -> bool:
        """Say whether anything is wrong."""
        return bool(self.missing or self.double or self.never_given)


def number_faults(last: int, numbers: Iterable[int]) -> NumberFaults:
    """Hold the numbers on papers against 1 … `last`, the last that was given."""
    assert last >= 0
    found = Counter(numbers)
    return NumberFaults(
        missing=tuple(number for number in range(1, last + 1) if number not in found),
        double=tuple(sorted(number for number, times in found.items() if times > 1)),
        never_given=tuple(sorted(number for number in found if not 1 <= number <= last)),
    )
