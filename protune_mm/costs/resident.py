"""Memory of this process as the system sees it."""
import ctypes
import re
from pathlib import Path
from typing import Optional

STATUS = Path('/proc/self/status')
PEAK = Path('/proc/self/clear_refs')
RESET_PEAK = '5'  # as Linux's proc(5) has it


def _read(name: str) -> int:
    found = re.search(rf'^{name}:\s+(\d+) kB', STATUS.read_text(), re.M)
    return int(found[1]) * 1024


class ResidentPeak:
    """Measures by how much resident memory grows inside this context.

    Its ``growth`` is the most bytes beyond those at the beginning, None where
    the system does not tell (all but Linux).
    """

    def __init__(self) -> None:
        self.growth: Optional[int] = None
        self._before: Optional[int] = None

    def __enter__(self) -> 'ResidentPeak':
        try:
            # What earlier steps have freed goes back to the system first.
            ctypes.CDLL(None).malloc_trim(0)
            PEAK.write_text(RESET_PEAK)
            self._before = _read('VmRSS')
        except (AttributeError, OSError, TypeError):
            pass
        return self

    def __exit__(self, *error) -> None:
        if self._before is not None:
            self.growth = max(_read('VmHWM') - self._before, 0)
