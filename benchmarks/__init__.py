"""The generated service measured beside its peers: `make bench`.

To judge whether it is fair, read in this order: `subjects` and `peers/` (what is measured),
`endpoints` (the requests), `conformance` (what all must do), `load_generator` and `workloads` (how
and in which order they are measured), `report` (how figures follow from bursts).
"""
