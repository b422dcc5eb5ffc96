"""Where an application asks a person's phone to sign them in (OpenID CIBA Core 1.0, section 7)."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from applications import backchannel, clients
from applications.backchannel import Refused
from applications.views.protocol import endpoint, is_form, wrong

_STATUS = {"access_denied": HTTPStatus.FORBIDDEN}


@endpoint("POST")
@sensitive_post_parameters()
def authentication(request: HttpRequest) -> HttpResponse:
    """The request is taken, or refused in the text's own words; what became of it is asked at the token endpoint."""
    if not is_form(request):
        return wrong("invalid_request", description="Each parameter once, in the body of a form.")
    application = clients.speaking(request)
    if application is None:
        return wrong("invalid_client", HTTPStatus.UNAUTHORIZED)
    if not application.asks_phones:
        return wrong("unauthorized_client", description="This application may not ask people's phones.")
    given = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    try:
        begun = backchannel.begin(request, application, given)
    except Refused as why:
        return wrong(why.error, _STATUS.get(why.error, HTTPStatus.BAD_REQUEST), why.description)
    left = round((begun.row.expires - timezone.now()).total_seconds())
    return JsonResponse({"auth_req_id": begun.auth_req_id, "expires_in": left, "interval": begun.row.interval})
