"""The Celery app of the sandbox's Denis: module path, app and queue are those of the service."""

import time

from celery import Celery

# The broker comes from CELERY_BROKER_URL, as in the service.
app = Celery("denis_unified_v1")
app.conf.update(
    task_default_queue="tools_mut",
    broker_connection_retry_on_startup=True,
    # Reserved jobs show only where a worker takes more than it runs.
    worker_prefetch_multiplier=2,
)


@app.task(name="denis_unified_v1.async_min.materializers.write")
def write(seconds: float) -> None:
    """Takes as long as it is told."""
    time.sleep(seconds)


@app.task(name="denis_unified_v1.async_min.mail.send")
def send(seconds: float) -> None:
    """A job that is no materializer's."""
    time.sleep(seconds)
