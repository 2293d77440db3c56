"""Where configs and tools are: in the checkout, or inside the wheel."""
from pathlib import Path

# As OpenMMLab's packages carry theirs; only the built wheel has it.
_MIM = Path(__file__).resolve().parent / '.mim'
ROOT = _MIM if _MIM.is_dir() else _MIM.parents[1]
CONFIGS = ROOT / 'configs'
# Configs of the demo, with those that pre-train and the weights beside them.
DEMO = CONFIGS / 'demo'
TOOLS = ROOT / 'tools'
