"""The life of a made service: bundles added and removed, answers changed, versions moved."""
