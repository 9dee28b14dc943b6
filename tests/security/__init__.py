"""Attacks on a rendered service, and checks of insecure configurations."""
