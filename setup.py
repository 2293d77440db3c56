"""Puts configs and tools into the wheel; all else is in pyproject.toml."""
import json
import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# As MANIFEST.in; what makes the environment and the index stays behind.
PATTERNS = ('configs/**/*.py', 'configs/demo/resnet18_slim_letters.pth',
            'tools/**/*.py', 'tools/*.sh')
LEFT_OUT = ('setup_env.py', 'model_index.py')


class BuildWithMim(build_py):
    """Copies them to ``protune_mm/.mim``, where OpenMMLab looks for them."""

    def run(self) -> None:
        """Build; an editable install finds them in the checkout."""
        super().run()
        if self.editable_mode:
            return
        place = Path(self.build_lib, 'protune_mm/.mim')
        files = [
            file for pattern in PATTERNS for file in ROOT.glob(pattern)
            if file.name not in LEFT_OUT
        ]
        for file in files:
            target = place / file.relative_to(ROOT)
            self.mkpath(str(target.parent))
            self.copy_file(str(file), str(target))
        tool = runpy.run_path(str(ROOT / 'tools/model_index.py'))
        (place / 'configs/metafile.yml').write_text(tool['metafile']())
        (place / 'model-index.yml').write_text(
            json.dumps(dict(Import=['configs/metafile.yml'])))


setup(cmdclass=dict(build_py=BuildWithMim))
