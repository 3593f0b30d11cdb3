"""Days of the calendar: whether there is such a one, and when it comes next."""

from __future__ import annotations

from datetime import date, timedelta

_YEARS = 5  # among so many there is a 29 February, but around 2100


def real(year: int, month: int, day: int) -> date | None:
    """Return the day, None where no calendar has it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_date(month: int, day: int, since: date) -> date | None:
    """Return the first such day that is not before *since*, None where there is none."""
    years = (real(since.year + n, month, day) for n in range(_YEARS))
    return next((at for at in years if at is not None and at >= since), None)


def next_weekday(weekday: int, since: date) -> date:
    """Return the first such day of the week (0 is Monday) that is not before *since*."""
    return since + timedelta(days=(weekday - since.weekday()) % 7)
