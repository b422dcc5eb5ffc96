"""Print the description of the authenticator's API, as the portal serves it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from twofactor.api import api


class Command(BaseCommand):
    help = "Print the description of the authenticator's API (OpenAPI 3.1, JSON). docs/protocol.md is the law."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(api.get_openapi_schema(), indent=2))
