"""Promise 1: a run of a job has one outcome, however often its message is delivered and whatever breaks in between."""
