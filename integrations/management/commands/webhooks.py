"""`manage.py webhooks status | show CODE | replay [CODE ...] | register`: what platforms send."""

import json
from argparse import ArgumentParser
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.urls import reverse

from integrations.platforms import platform
from integrations.platforms.base import PlatformError
from integrations.platforms.tiktok import TikTok
from integrations.routing.models import WebhookDelivery
from integrations.services.webhooks import replay_deliveries

SHOWN = 20


class Command(BaseCommand):
    """Look at deliveries, and read dead or unrouted ones again."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and with which deliveries."""
        parser.add_argument("do", choices=["status", "show", "replay", "register"])
        parser.add_argument("codes", nargs="*", help="codes; replay without any: all that wait")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        codes = options["codes"] or None
        try:
            if options["do"] == "replay":
                self.stdout.write(f"{replay_deliveries(codes=codes)} deliveries are read again.")
            elif options["do"] == "register":
                self._register()
            elif options["do"] == "show":
                self._show(codes or [])
            else:
                self._status()
        except ValidationError:
            raise CommandError("That is not the code of a delivery.") from None

    def _register(self) -> None:
        """TikTok takes the address by a call; the other platforms in their portals."""
        if not settings.TIKTOK_BUSINESS_APP_ID:
            raise CommandError("TIKTOK_BUSINESS_APP_ID is not set.")
        path = reverse("webhook", args=["tiktok"], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
        address = f"{settings.PUBLIC_BASE_URL}{path}"
        try:
            cast("TikTok", platform("tiktok")).register_webhook(address)
        except PlatformError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"TikTok announces comments to {address} from now on.")

    def _status(self) -> None:
        rows = WebhookDelivery.objects
        counts = rows.values_list("platform", "state").annotate(n=Count("pk")).order_by()
        states = {f"{kind} {state}": n for kind, state, n in counts}
        waiting = rows.filter(state__in=["dead", "unrouted"]).order_by("-received_at")
        listed = waiting.values("code", "platform", "state", "reason", "received_at")[:SHOWN]
        self.stdout.write(json.dumps({"states": states, "waiting": list(listed)}, default=str))

    def _show(self, codes: list[str]) -> None:
        for row in WebhookDelivery.objects.filter(code__in=codes):
            # The body holds comments: it is shown to whoever holds the server, and logged nowhere.
            self.stdout.write(f"{row.platform} {row.state} {row.reason}\n{row.headers}")
            self.stdout.write(bytes(row.raw_body).decode(errors="backslashreplace"))
