"""The error a user can mend."""

# How torch refuses a batch norm that sees one value a channel.
ONE_VALUE = 'more than 1 value per channel'


class UserError(ValueError):
    """Bad input: one sentence that names the value and the remedy.

    The command-line tools print it without a stack trace.
    """
