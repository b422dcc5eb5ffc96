"""What the demo says when it cannot start."""


class Refusal(Exception):
    """A reason not to start, as one sentence for the person at the terminal."""
