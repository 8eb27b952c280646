"""The threads that run graphs."""

from __future__ import annotations

import threading

import pytest

from assistant.inference.pool import Pool

SECONDS = 20


def test_as_many_run_at_once_as_there_are_workers() -> None:
    pool = Pool(2)
    both = threading.Barrier(2)
    # Each waits for the other: one at a time would never end.
    futures = [pool.submit(lambda: both.wait(SECONDS)) for _ in range(4)]
    assert sorted(future.result(SECONDS) for future in futures) == [0, 0, 1, 1]


def test_no_more_run_at_once_and_in_their_order() -> None:
    pool = Pool(1)
    running, seen, order = 0, [], []

    def work(number: int) -> int:
        nonlocal running
        running += 1
        seen.append(running)
        order.append(number)
        running -= 1
        return number

    futures = [pool.submit(lambda number=number: work(number)) for number in range(50)]
    assert [future.result(SECONDS) for future in futures] == list(range(50))
    assert set(seen) == {1}
    assert order == list(range(50))


def test_what_is_cancelled_does_not_run() -> None:
    pool = Pool(1)
    go, ran = threading.Event(), []
    first = pool.submit(lambda: go.wait(SECONDS))
    second = pool.submit(lambda: ran.append("second"))
    third = pool.submit(lambda: ran.append("third"))
    assert second.cancel()
    go.set()
    assert first.result(SECONDS)
    third.result(SECONDS)
    assert ran == ["third"]


def test_an_error_is_the_callers_and_the_pool_goes_on() -> None:
    pool = Pool(1)

    def broken() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        pool.submit(broken).result(SECONDS)
    assert pool.submit(lambda: 3).result(SECONDS) == 3


def test_threads_end_with_the_work() -> None:
    pool = Pool(3)
    workers = {future.result(SECONDS) for future in [pool.submit(threading.current_thread) for _ in range(9)]}
    for worker in workers:
        worker.join(SECONDS)
    assert not any(worker.is_alive() for worker in workers)
    # And begin again with the next.
    assert pool.submit(lambda: "again").result(SECONDS) == "again"
