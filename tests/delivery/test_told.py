"""What the log has been told of refused jobs is forgotten in time."""

from service.delivery.told import Told


def test_each_reason_is_new_once_until_the_job_is_claimed() -> None:
    told = Told()
    assert [told.is_new("1", why) for why in ("a", "a", "b", "a")] == [True, False, True, False]
    assert told.is_new("2", "a")
    assert (told.forget("1"), told.forget("1")) == (4, 0)
    assert told.is_new("1", "a")


def test_no_number_of_jobs_fills_the_memory() -> None:
    told = Told(kept=3)
    for job_id in ("1", "2", "3", "1", "4"):
        told.is_new(job_id, "a")
    assert [told.forget(job_id) for job_id in ("1", "2", "3", "4")] == [2, 0, 1, 1]
