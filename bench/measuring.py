"""Times a thing and its floor in turn, in one run, and keeps the medians (or, where it is said, the best rounds).

A floor is the least that anybody could do for the same result on the same machine in the same minute: the ratio
says what our own work costs, whatever the machine.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MS = 1000.0


@dataclass(frozen=True, slots=True)
class Row:
    """One benchmark: the median of `n` rounds, the same of its floor, and how many times as much it takes."""

    name: str
    value: float
    unit: str
    floor: float
    n: int
    #: What the floor is, for the table.
    floor_is: str

    @property
    def ratio(self) -> float:
        """Return value over floor."""
        return self.value / self.floor

    def to_json(self) -> str:
        """Return the row as one JSON object on one line."""
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 4),
                "unit": self.unit,
                "floor": round(self.floor, 4),
                "ratio": round(self.ratio, 4),
                "n": self.n,
            }
        )


def seconds_of(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how long `work` takes by a clock."""
    begin = clock()
    work()
    return clock() - begin


def compared(  # noqa: PLR0913 - each keyword is one choice of how to measure
    name: str,
    work: Callable[[], object],
    floor: Callable[[], object],
    *,
    floor_is: str,
    rounds: int,
    prepare: Callable[[], object] = lambda: None,
    times: int = 1,
    clock: Callable[[], float] = time.perf_counter,
    of: Callable[[Sequence[float]], float] = statistics.median,
) -> Row:
    """Return the row of `work` against `floor`, in milliseconds: one warm-up each, then round by round in turn.

    `prepare` comes before each round of `work` and is not timed; `times` is how often a round does what is measured.
    The clock may be that of the processor (`time.thread_time`), for work that waits for nothing; of such work `of` may
    be `min`, for what else the machine does can only make a round longer.
    """
    prepare()
    work()
    floor()
    took, least = [], []
    for _ in range(rounds):
        prepare()
        took.append(seconds_of(work, clock))
        least.append(seconds_of(floor, clock))
    value, least_value = of(took) * MS / times, of(least) * MS / times
    return Row(name, value, "ms", least_value, rounds, floor_is)


def table(rows: list[Row]) -> str:
    """Return the rows as people read them."""
    width = max(len(row.name) for row in rows)
    head = f"{'':{width}}  {'value':>11}  {'floor':>11}  {'ratio':>8}  {'n':>5}  floor is"
    lines = [
        f"{row.name:{width}}  {row.value:>8.3f} {row.unit}  {row.floor:>8.3f} {row.unit}  {row.ratio:>7.3g}x"
        f"  {row.n:>5}  {row.floor_is}"
        for row in rows
    ]
    return "\n".join([head, *lines])
