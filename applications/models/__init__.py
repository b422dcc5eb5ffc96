from applications.models.application import Application
from applications.models.signing import SigningKey

__all__ = ["Application", "SigningKey"]
