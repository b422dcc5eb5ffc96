"""The workers' door: `celery -A portal worker -B`. Only where REDIS_URL is set; errands carry ids and nothing else."""

import os
from collections.abc import Callable
from typing import Any

from celery import Celery, bootsteps
from celery.signals import worker_init, worker_ready
from django.conf import settings

from accounts.reading import spoken

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
with spoken():
    # Read here: Celery would show a stack of calls.
    _errands = settings.PORTAL_ERRANDS
app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")


class OneLine(bootsteps.StartStopStep):
    """Lets go of a line to Redis that broke: kombu leaves its callback with the worker's loop, for every turn of it."""

    requires = ("celery.worker.consumer:Connection",)

    def __init__(self, consumer: Any, **given: Any) -> None:
        super().__init__(consumer, **given)
        # Nobody has a line yet: what the loop has to do now it always has.
        self._lasting = set(consumer.hub.on_tick)
        self._of_the_line = set[Callable[[], None]]()

    def start(self, consumer: Any) -> None:
        """Called whenever there is a new line."""
        consumer.hub.on_tick -= self._of_the_line
        self._of_the_line = consumer.hub.on_tick - self._lasting


class PingAlone(bootsteps.Step):
    """Of what Celery lets whoever reaches Redis ask of a worker, or order it to do, it knows the health check's ping.

    Here and not by a signal, whose accidents are only logged: without this step no worker begins.
    """

    def __init__(self, consumer: Any, **given: Any) -> None:
        super().__init__(consumer, **given)
        from celery.worker.control import Panel  # only where there is a worker

        # SECURITY: the others tell all settings, the pepper and the mail's password among them, to whoever can write to
        # Redis, end the worker, or let it take no errands any more.
        for name in set(Panel.data) - {"ping"}:
            del Panel.data[name]


app.steps["consumer"].update((OneLine, PingAlone))


@worker_init.connect
def _begin(**_given: Any) -> None:
    from portal import lines, patience

    lines.begin(patience.LONGER)


@worker_ready.connect
def show_figures(**_given: Any) -> None:
    from portal import worker_metrics

    if settings.PORTAL_METRICS_TOKEN and settings.PORTAL_WORKER_METRICS:
        worker_metrics.begin(settings.PORTAL_WORKER_METRICS)


@app.task(name="twofactor.deliver", bind=True)
def deliver(self: Any, delivery_id: str) -> None:
    from accounts import requests
    from twofactor import tasks

    tasks.deliver(delivery_id, requests.Caller.of(self.request))


@app.task(name="twofactor.sweep")
def sweep() -> None:
    """What is due and nobody has taken becomes errands again; one that is there twice is done once."""
    from portal import seen
    from twofactor import tasks

    seen.tell(seen.WORKER)
    tasks.do_chores()
    for delivery_id in tasks.due():
        deliver.delay(delivery_id)
