"""What a measurement says when it cannot go on."""


class Broken(Exception):
    """The text says why."""
