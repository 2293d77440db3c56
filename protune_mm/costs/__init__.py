"""What a step of training costs, counted or foretold."""
from .live_bytes import LiveBytes

__all__ = ['LiveBytes']
