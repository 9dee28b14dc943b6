"""The only writer to a user's files."""
