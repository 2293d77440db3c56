"""Puts configs and tools where others look; all else is in pyproject.toml."""
import json
import runpy
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# As MANIFEST.in; what makes the environment and the index stays behind.
PATTERNS = ('configs/**/*.py', 'configs/demo/resnet18_slim_letters.pth',
            'tools/**/*.py', 'tools/*.sh')
LEFT_OUT = ('setup_env.py', 'model_index.py')
# What read_base() imports: it cannot follow the _base_ of our configs.
MODULE = '''"""Written by setup.py for read_base()."""
__config__ = '{}'
globals().update(__import__('protune_mm').own_configs.variables(__config__))
'''


class BuildWithMim(build_py):
    """Makes ``.mim``, where OpenMMLab looks, and ``protune_mm/configs``."""

    def run(self) -> None:
        """Build; of an editable install, configs and tools stay in place."""
        super().run()
        if self.editable_mode:
            self.write_index(ROOT / '.mim')
            self.write_modules(ROOT / 'protune_mm')
            return
        package = Path(self.build_lib, 'protune_mm')
        self.copy_files(package / '.mim')
        self.write_index(package / '.mim')
        self.write_modules(package)

    def copy_files(self, place: Path) -> None:
        """Copy configs and tools."""
        for pattern in PATTERNS:
            for file in ROOT.glob(pattern):
                if file.name not in LEFT_OUT:
                    target = place / file.relative_to(ROOT)
                    self.mkpath(str(target.parent))
                    self.copy_file(str(file), str(target))

    def write_index(self, place: Path) -> None:
        """Write the index that ``mim`` reads."""
        self.mkpath(str(place / 'configs'))
        tool = runpy.run_path(str(ROOT / 'tools/model_index.py'))
        (place / 'configs/metafile.yml').write_text(tool['metafile']())
        (place / 'model-index.yml').write_text(
            json.dumps(dict(Import=['configs/metafile.yml'])))

    def write_modules(self, package: Path) -> None:
        """Write a module for each config that is no part of others.

        Its name's last word becomes a folder: ``mim train`` refuses a config
        if there are two files of that name.
        """
        shutil.rmtree(package / 'configs', ignore_errors=True)
        for file in (ROOT / 'configs').rglob('*.py'):
            config = file.relative_to(ROOT / 'configs').as_posix()
            if not config.startswith('_base_/'):
                name, data = file.stem.rsplit('_', 1)
                folder = package / 'configs' / data
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f'{name}.py').write_text(MODULE.format(config))


setup(cmdclass=dict(build_py=BuildWithMim))
