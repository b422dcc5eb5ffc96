"""Passwords are hashed there as they are here, so that what is left can be compared."""

from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts import policy


class SameArgon2(Argon2PasswordHasher):
    time_cost = policy.ARGON2_TIME
    memory_cost = policy.ARGON2_MEMORY_KIB
    parallelism = policy.ARGON2_LANES
