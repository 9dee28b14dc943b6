"""Attacks on a rendered service, and what it says of a bad configuration."""
