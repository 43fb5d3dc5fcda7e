"""Which snapshots stay, against a model that goes through the days one by one."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from on_prem_rag.audit.receipts import Retention
from on_prem_rag.backup.retention import kept

START = datetime(2025, 1, 6, 2, 0, tzinfo=UTC)


def expected(made: list[datetime], retention: Retention, today: datetime) -> set[datetime]:
    """The same rules by counting back from today, a period at a time."""
    stay = {max(made)}

    def last_on(days: list[str], form: str) -> None:
        for day in days:
            of_it = [moment for moment in made if moment.strftime(form) == day]
            if of_it:
                stay.add(max(of_it))

    days = [(today - timedelta(days=n)).strftime("%F") for n in range(retention.daily)]
    weeks = [(today - timedelta(weeks=n)).strftime("%G-%V") for n in range(retention.weekly)]
    months, year, month = [], today.year, today.month
    for _ in range(retention.monthly):
        months.append(f"{year}-{month:02}")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    last_on(days, "%F")
    last_on(weeks, "%G-%V")
    last_on(months, "%Y-%m")
    return stay


@pytest.mark.parametrize("retention", [Retention(), Retention(3, 2, 2), Retention(0, 0, 1)])
@pytest.mark.parametrize("seed", [1, 2])
def test_four_hundred_days_of_pruning_leave_what_the_model_says(
    retention: Retention, seed: int
) -> None:
    random = Random(seed)
    held: list[datetime] = []
    gone: dict[datetime, datetime] = {}
    for day in range(400):
        today = START + timedelta(days=day)
        for _ in range(random.choice([0, 1, 1, 1, 2, 3])):
            held.append(today + timedelta(minutes=random.randrange(1200)))
        if not held:
            continue
        now = today + timedelta(hours=22)
        stay = kept(held, retention, now)
        assert stay == expected(held, retention, now)
        gone.update((moment, now) for moment in held if moment not in stay)
        held = sorted(stay)
        # What receipts of deletions promise: nothing older than this is kept, but for the newest.
        for moment in held[:-1]:
            assert retention.clear_from(moment) > now
    assert len(held) <= retention.daily + retention.weekly + retention.monthly + 1
    assert len(gone) > 200


def test_the_last_that_was_restored_stays_whatever_its_age() -> None:
    made = [START + timedelta(days=n) for n in range(100)]
    now = START + timedelta(days=99, hours=12)
    assert made[7] not in kept(made, Retention(3, 0, 0), now)
    stay = kept(made, Retention(3, 0, 0), now, verified=[made[2], made[7]])
    assert stay == {made[7], *made[-3:]}


def test_without_new_backups_the_newest_stays() -> None:
    assert kept([START], Retention(1, 1, 1), START + timedelta(days=4000)) == {START}
    assert kept([], Retention(), START) == set()
