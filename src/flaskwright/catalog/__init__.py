"""What exists: bundles, servers, presets and questions."""
