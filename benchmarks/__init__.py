"""The generated service measured beside its peers: `make bench`.

To judge whether it is fair, read in this order: `subjects` (who), `peers/` (what they are),
`endpoints` (what they are asked), `gate` (what they must do), `load` (how they are asked), `loads`
and `bursts` (in which order), `figures` (what is made of it). The rest is setting up, and telling.
"""
