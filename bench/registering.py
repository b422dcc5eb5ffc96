"""`python -m bench.registering`: an application that may do everything, in a measured portal; its secret is printed."""

import secrets

import django

NAME, BACK = "measured", "https://measured.example/back"


def main() -> str:
    django.setup()
    from applications.models import Application

    secret = secrets.token_urlsafe(32)
    Application.objects.create(
        client_id=NAME,
        client_secret=secret,
        name="Measured",
        client_type=Application.CLIENT_CONFIDENTIAL,
        redirect_uris=BACK,
        skip_authorization=True,
        signs_in_devices=True,
        asks_phones=True,
    )
    return secret


if __name__ == "__main__":
    print(main())
