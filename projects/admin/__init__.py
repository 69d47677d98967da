"""Registered here: projects with their plans and months, what they refer to, what was announced, and accounts."""

from . import accounts, announced, ledgers, project, reference  # noqa: F401 - the admin looks for registrations here
