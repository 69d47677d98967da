from . import assessment, commendation, honour  # noqa: F401 - the admin looks for registrations here
