"""What a step of training costs, counted or foretold."""
from .arms import arms_of, build_arm, own_arm
from .image_size import batch_size, image_size
from .live_bytes import LiveBytes
from .prediction import predict

__all__ = [
    'LiveBytes', 'arms_of', 'batch_size', 'build_arm', 'image_size', 'own_arm',
    'predict'
]
