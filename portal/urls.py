from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from portal import probes, views
from portal.help import views as help_views

urlpatterns = [
    path("", views.home, name="home"),
    path("security/", views.security, name="security"),
    path("help/", help_views.index, name="help"),
    path("help/<slug:slug>/", help_views.article, name="help-article"),
    path("health/live", probes.live, name="health-live"),
    path("health/ready", probes.ready, name="health-ready"),
    path("admin/", admin.site.urls),
    # SECURITY: the demo's phone shows everybody's codes to everybody; in a real portal it has no address.
    *([path("demo/", include("portal.demo.urls"))] if settings.PORTAL_DEMO else []),
    path("", include("accounts.urls")),
    path("", include("twofactor.urls")),
    path("", include("applications.urls")),
]

handler400 = "portal.views.bad_message"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.missing"
handler500 = "portal.views.broken"
