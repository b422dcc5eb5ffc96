"""The workers' door: `celery -A portal worker -B`. Only where REDIS_URL is set; errands carry ids and nothing else."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")


@worker_init.connect
def _begin(**_given: Any) -> None:
    from portal import lines, patience

    patience.begin(patience.LONGER)
    lines.begin()


@worker_ready.connect
def show_figures(**_given: Any) -> None:
    from django.conf import settings

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
