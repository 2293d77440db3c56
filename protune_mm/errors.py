"""The error a user can mend."""


class UserError(ValueError):
    """Bad input: one sentence that names the value and the remedy.

    The command-line tools print it without a stack trace.
    """
