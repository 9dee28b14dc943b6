"""Programs of this repository."""
