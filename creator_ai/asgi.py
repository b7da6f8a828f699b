"""One port: pages in persistent threads (WSGI), sockets and webhooks on the event loop."""

import os

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator_ai.settings")

pages = get_wsgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  (needs ready apps)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from accounts.consumers import LiveConsumer  # noqa: E402
from integrations.door import WebhookDoor  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": WebhookDoor(WSGIMiddleware(pages, workers=6)),  # type: ignore[arg-type]
        "websocket": AuthMiddlewareStack(URLRouter([path("live/", LiveConsumer.as_asgi())])),
    }
)
