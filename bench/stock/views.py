"""The pages of one sign-in, its answer, and the socket that waits for it."""

from __future__ import annotations

import base64
import os
import time

from asgiref.sync import async_to_sync
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from bench.stock.models import Question

_rung = os.open(os.environ["BENCH_RUNG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND) if "BENCH_RUNG" in os.environ else 0


def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse("live")


def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        user = authenticate(request, username=request.POST["username"], password=request.POST["password"])
        if user is None:
            return HttpResponse(status=403)
        earlier = Question.objects.filter(user=user).order_by("pk").first()
        question = Question.objects.create(user=user, public_key=earlier.public_key if earlier else "")
        request.session["question"] = question.pk
        return redirect("/waiting/")
    return render(request, "form.html", {"title": "Sign in", "words": "To your portal.", "action": "/sign-in/"})


def waiting(request: HttpRequest) -> HttpResponse:
    question = Question.objects.select_related("user").get(pk=request.session["question"])
    return render(request, "words.html", {"title": question.user.username, "words": question.pk})


@csrf_exempt
def answer(request: HttpRequest, question: str) -> HttpResponse:
    """The phone's: a signature over the question's name."""
    row = Question.objects.get(pk=question)
    key = load_pem_public_key(row.public_key.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(base64.b64decode(request.body), question.encode(), ec.ECDSA(hashes.SHA256()))
    if not Question.objects.filter(pk=question, state="pending").update(state="approved"):
        return HttpResponse(status=409)
    if _rung:
        os.write(_rung, f"desk.{question} {time.monotonic():.6f}\n".encode())
    async_to_sync(get_channel_layer().group_send)(f"desk.{question}", {"type": "told", "state": "approved"})
    return HttpResponse("{}")


def finish(request: HttpRequest) -> HttpResponse:
    question = Question.objects.select_related("user").get(pk=request.session["question"])
    if question.state != "approved":
        return HttpResponse(status=409)
    login(request, question.user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("/")


@login_required
def home(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    return render(request, "words.html", {"title": request.user.username, "words": "Welcome."})


class Desk(AsyncJsonWebsocketConsumer):
    """The page that waits: it may, because its session says whose it is."""

    async def connect(self) -> None:
        question = self.scope["url_route"]["kwargs"]["question"]
        # The session is read by now: the person was looked for in it.
        if not self.scope["user"].is_authenticated and self.scope["session"].get("question") != question:
            await self.close()
            return
        self.group = f"desk.{question}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.send_json({"state": "waiting"})

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def told(self, event: dict[str, str]) -> None:
        await self.send_json({"state": event["state"]})


urlpatterns = [
    path("health/live", live),
    path("sign-in/", sign_in),
    path("waiting/", waiting),
    path("answer/<str:question>", answer),
    path("finish/", finish),
    path("", home),
    path("sign-out/", LogoutView.as_view(next_page="/sign-in/")),
]
