"""Promises of the portal, kept or broken: unit, in process, and in two browsers."""
