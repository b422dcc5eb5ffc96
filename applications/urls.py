from django.urls import path

from applications.views import authorize, leaving, people, protocol

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
]
