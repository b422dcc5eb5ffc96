"""The whole production form on one machine: `python -m portal.cluster` starts every part of it as a private process.

The settings are those of any portal; nothing in here is loaded by one that serves elsewhere.
"""
