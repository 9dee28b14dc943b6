"""Faults under a service that runs as in production; docs/reliability.md lists the guarantees."""
