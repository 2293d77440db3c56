"""Any other backbone: the user names the modules."""
from .family import Family
from .wrapped import take_plain_names

UNKNOWN = Family('other backbone', convert=take_plain_names)
