"""The worker that this service replaces, in what matters for its speed: streaming pull, five threads, ORM, the default
publisher. Run as a process: `python -m lab.bench.old_worker DATABASE_URL SUBSCRIPTION RESULTS_TOPIC COUNT`."""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from google.cloud import pubsub_v1
from google.cloud.pubsub_v1.subscriber.scheduler import ThreadScheduler
from sqlalchemy import DateTime, ForeignKey, Text, create_engine
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

THREADS = 5


class Base(DeclarativeBase):
    """The old worker's tables."""


class OldJob(Base):
    __tablename__ = "old_jobs"
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    preset: Mapped[str] = mapped_column(Text)
    job_metadata: Mapped[Any] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class OldState(Base):
    __tablename__ = "old_job_states"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("old_jobs.id"))
    previous_state: Mapped[str]
    new_state: Mapped[str]


class OldResult(Base):
    __tablename__ = "old_job_results"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("old_jobs.id"))
    output: Mapped[Any] = mapped_column(JSON)


def main(database_url: str, subscription: str, results_topic: str, count: int) -> float:
    """Work off `count` messages; return the seconds from the first message to the last ack."""
    engine = create_engine(database_url, pool_size=THREADS)
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    publisher = pubsub_v1.PublisherClient()
    subscriber = pubsub_v1.SubscriberClient()
    done = threading.Event()
    lock = threading.Lock()
    times: list[float] = []

    def move(job_id: str, new_state: str, output: Any = None) -> None:
        with sessions() as session:
            job = session.get_one(OldJob, job_id)
            session.add(OldState(job_id=job_id, previous_state=job.state, new_state=new_state))
            job.state, job.updated_at = new_state, datetime.now(UTC)
            if output is not None:
                session.add(OldResult(job_id=job_id, output=output))
            session.commit()

    def work(message: Any) -> None:
        with lock:
            times.append(time.monotonic())
        data = json.loads(message.data)
        with sessions() as session:
            session.add(
                OldJob(
                    id=data["job_id"],
                    user_id=data["user_id"],
                    content=data["content"],
                    preset=data["preset"],
                    job_metadata=data["metadata"],
                    state="pending",
                    updated_at=datetime.now(UTC),
                )
            )
            session.commit()
        move(data["job_id"], "processing")
        move(data["job_id"], "completed", {"stage": "FINALIZE"})
        payload = json.dumps({"job_id": data["job_id"], "status": "success"}).encode()
        publisher.publish(results_topic, payload).result()
        message.ack()
        with lock:
            times.append(time.monotonic())
            if len(times) == 2 * count:
                done.set()

    future = subscriber.subscribe(
        subscription,
        work,
        flow_control=pubsub_v1.types.FlowControl(max_messages=THREADS),
        scheduler=ThreadScheduler(ThreadPoolExecutor(THREADS)),
        # With flow control left to it, the emulator holds messages back for a second; Pub/Sub does not.
        use_legacy_flow_control=True,
    )
    done.wait(300)
    future.cancel()
    return max(times) - min(times)


if __name__ == "__main__":
    url, name, topic, number = sys.argv[1:]
    print(main(url, name, topic, int(number)))  # noqa: T201 (read by the bench)
