# As in pyproject.toml; a new version makes readers ask for everything again.
__version__ = "0.1.0"
