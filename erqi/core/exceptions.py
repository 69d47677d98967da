"""What the domain may refuse with. Field errors are Django's ``ValidationError`` with a dict; these are the rest."""

from django.core.exceptions import PermissionDenied


class Forbidden(PermissionDenied):
    """Known to this person, but not theirs to do; says why."""

    def __init__(self, message: str, *, code: str):
        super().__init__(message)
        self.message, self.code = message, code


class Conflict(Exception):
    """The row is in a state that does not allow this; carries what a person needs to go on.

    ``facts`` is shown beside the message: state, who, when, how to go on.
    """

    def __init__(self, message: str, *, code: str, **facts):
        super().__init__(message)
        self.message, self.code, self.facts = message, code, facts
