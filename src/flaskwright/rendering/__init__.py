"""Renders the template; the only importer of Copier."""
