"""The errors of the service. Each class answers one question: can this succeed later?

    ServiceError
    ├── Unavailable        yes, soon: the database, Pub/Sub or Google's certificates cannot be reached (503)
    ├── RetryLater         yes: the job failed and waits for its next attempt (500)
    ├── Refused            no: this request is refused however often it is made (4xx)
    │   ├── BadToken         401
    │   ├── NotAllowed       403
    │   ├── BadEnvelope      400
    │   ├── TooSlow          408
    │   ├── TooLarge         413
    │   ├── BadField         422, the API's
    │   ├── UnknownAsset     415, a file of a kind that is not taken
    │   └── BadAsset         422, a file that is broken or unsuitable
    ├── NotAJob            not here: data that is not a job to this revision; it owes a dead letter
    └── SettingsError      no: the environment is wrong; the process does not start

The pipeline's own two errors, `Later` and `Never`, are in `service.pipeline`.
"""


class ServiceError(Exception):
    """`code` is stable snake_case for machines; `sentence` tells a person who does not know the code what to do about
    it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class Unavailable(ServiceError):
    """Something that the service needs cannot be used now. `retry_after_s`: when to try again, in seconds."""

    def __init__(self, code: str, sentence: str, *, retry_after_s: float = 5.0) -> None:
        super().__init__(code, sentence)
        self.retry_after_s = retry_after_s


class RetryLater(ServiceError):
    """The job failed and may succeed later: deliver it again, in `retry_after_s` seconds at the earliest."""

    def __init__(self, code: str, sentence: str, *, retry_after_s: float) -> None:
        super().__init__(code, sentence)
        self.retry_after_s = retry_after_s


class Refused(ServiceError):
    """The request is wrong and stays wrong."""


class BadToken(Refused):
    """No token, or one that does not verify. Its sentence never contains a part of the token."""


class NotAllowed(Refused):
    """A valid token of an account that may not call this."""


class BadEnvelope(Refused):
    """A body that is not a push envelope; the sentence names the field."""


class TooSlow(Refused):
    """A body that did not arrive in time."""


class TooLarge(Refused):
    """A body over the limit."""


class BadField(Refused):
    """A field of an API request is wrong. `field` is its name."""

    def __init__(self, code: str, sentence: str, *, field: str) -> None:
        super().__init__(code, sentence)
        self.field = field


class UnknownAsset(Refused):
    """An uploaded file of a kind that is not taken; the sentence says which to use instead."""


class BadAsset(Refused):
    """An uploaded file that cannot be decoded, is too large, or is good for nothing."""


class NotAJob(ServiceError):
    """Data that this revision takes for no job. `field` names what is wrong with it; `job_id` and `user_id` are set if
    they could be read."""

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        field: str | None = None,
        job_id: str | None = None,
        user_id: str | None = None,
    ) -> None:
        super().__init__(code, sentence)
        self.field = field
        self.job_id = job_id
        self.user_id = user_id


class SettingsError(ServiceError):
    """Environment variables that are missing or wrong; the sentence names each of them."""

    def __init__(self, sentence: str) -> None:
        super().__init__("bad_settings", sentence)
