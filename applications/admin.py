"""Applications as staff manage them. What people and applications were given is in no list: nobody reads a token."""

from django.contrib import admin
from oauth2_provider import models as library

# SECURITY: the library's own pages show what opens doors, and know nothing of our rights.
for _given in (
    library.get_application_model(),
    library.get_access_token_model(),
    library.get_device_grant_model(),
    library.get_grant_model(),
    library.get_id_token_model(),
    library.get_refresh_token_model(),
):
    if admin.site.is_registered(_given):
        admin.site.unregister(_given)
