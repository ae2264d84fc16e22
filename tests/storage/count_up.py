"""A process that raises a counter: `python -m tests.storage.count_up URL TIMES`."""

import sys

from storage.database import open_database
from tests.storage.tables import Counter, create_tables


def count_up(url: str, times: int) -> None:
    """Create the tables if needed, then raise the counter `times` times, one unit of work each."""
    database = open_database(url)
    create_tables(database)
    for _ in range(times):
        with database.transaction() as session:
            counter = session.get(Counter, "shared", with_for_update=True)
            if counter is None:
                counter = Counter(name="shared", value=0)
                session.add(counter)
            counter.value += 1
    database.dispose()


if __name__ == "__main__":
    count_up(sys.argv[1], int(sys.argv[2]))
