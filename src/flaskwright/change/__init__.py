"""From a request to a plan; writes nothing."""
