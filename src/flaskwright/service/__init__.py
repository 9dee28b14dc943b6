"""Reads a generated service: its answers, its git repository, its migrations."""
