"""Whether this process is about to end: it finishes what it has, and nobody new is sent to it."""

import threading

draining = threading.Event()
