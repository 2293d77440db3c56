"""Silence, and its end."""
import logging

import pytest
from mmengine.logging import MMLogger

from protune_mm.tuning.quiet import quiet


def test_quiet():
    logger = MMLogger.get_current_instance()
    before = logger.level
    with pytest.raises(KeyError), quiet():
        assert not logger.isEnabledFor(logging.INFO)
        assert logger.isEnabledFor(logging.WARNING)
        raise KeyError
    assert logger.level == before
