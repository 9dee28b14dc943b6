"""Flaskwright makes Flask services from a catalog of bundles, and keeps them made."""
