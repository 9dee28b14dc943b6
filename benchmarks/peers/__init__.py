"""The peers of the service: small programs with the same endpoints."""
