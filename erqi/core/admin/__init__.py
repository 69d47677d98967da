"""The base of every admin, and the admins of sources and of the audit trail."""

from . import registered as registered  # the admin looks for registrations in this package
