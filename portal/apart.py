"""The addresses of the authenticator's own host, where it has one: its own, and no others."""

from twofactor.urls import authenticators_own

urlpatterns = authenticators_own
