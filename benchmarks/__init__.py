"""The generated service measured beside its peers: `make bench`."""
