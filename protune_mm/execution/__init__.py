"""How a frozen backbone runs: what it keeps for backward."""

# From torch's own way to the least bytes.
MEMORY = ('plain', 'lean', 'leanest')

__all__ = ['MEMORY']
