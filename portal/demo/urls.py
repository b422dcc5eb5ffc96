from typing import Any, cast

from django.urls import path

from portal.demo import require_demo

require_demo()

from portal.demo import consumers, views  # noqa: E402 - not before the door

urlpatterns = [
    path("phone/", views.show, name="demo-phone"),
    path("phone/status/", views.status, name="demo-phone-status"),
    path("phone/call/<str:message_id>/", views.call, name="demo-phone-call"),
    path("phone/reception/", views.reception, name="demo-phone-reception"),
    path("phone/clear/", views.clear, name="demo-phone-clear"),
    path("phone/refuse/", views.refuse, name="demo-phone-refuse"),
]

sockets: list[Any] = [path("ws/demo/phone/", cast(Any, consumers.PhoneStatus.as_asgi()))]
