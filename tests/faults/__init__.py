"""Faults under a service that runs as in production; docs/reliability.md has the promises."""
