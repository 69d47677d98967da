"""How fast the site is beside a floor of the same machine, and how its cost grows: see README.md. Nothing of the
project imports it."""
