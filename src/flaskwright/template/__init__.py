"""Where a template comes from, and in which version."""
