"""What the service is measured beside: small programs with the same endpoints."""
