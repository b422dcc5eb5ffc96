from typing import Any, cast

from django.urls import path

from applications import consumers
from applications.views import (
    actions,
    api,
    authorize,
    backchannel,
    device,
    device_authorization,
    leaving,
    people,
    protocol,
)

urlpatterns = [
    path(".well-known/openid-configuration", protocol.openid_configuration, name="openid-configuration"),
    path(".well-known/oauth-authorization-server", protocol.openid_configuration, name="oauth-server"),
    path("oauth/keys/", protocol.keys, name="oauth-keys"),
    path("oauth/authorize/", authorize.authorize, name="oauth-authorize"),
    path("oauth/authorize/<slug:arrival>/", authorize.go_on, name="oauth-go-on"),
    path("oauth/token/", protocol.token, name="oauth-token"),
    path("oauth/revoke/", protocol.revoke, name="oauth-revoke"),
    path("oauth/userinfo/", protocol.userinfo, name="oauth-userinfo"),
    path("oauth/logout/", leaving.leave, name="oauth-logout"),
    path("oauth/logout/confirm/", leaving.confirm, name="oauth-logout-confirm"),
    path("applications/", people.applications, name="applications"),
    path("applications/<int:pk>/revoke/", people.revoke, name="application-revoke"),
    path("oauth/backchannel/", backchannel.authentication, name="oauth-backchannel"),
    path("api/actions/", api.propose, name="actions-propose"),
    path("api/actions/<slug:pk>/", api.action, name="actions-action"),
    path("api/actions/<slug:pk>/cancel/", api.cancel, name="actions-cancel"),
    path("actions/<slug:pk>/", actions.action, name="action"),
    path("actions/<slug:pk>/status/", actions.status, name="action-status"),
    path("actions/<slug:pk>/again/", actions.again, name="action-again"),
    path("actions/<slug:pk>/decline/", actions.decline, name="action-decline"),
    path("oauth/device/", device_authorization.begin, name="oauth-device"),
    path("device/", device.enter, name="device"),
    path("device/<slug:name>/", device.one, name="device-one"),
]

sockets: list[Any] = [path("ws/actions/", cast(Any, consumers.ActionStatus.as_asgi()))]
