"""Flaskwright generates Flask services from a catalog of bundles, and keeps them up to date."""
