"""Running the tools as users do."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CLOSED = 'http://127.0.0.1:9'  # the discard port: no network in tests


def environment(**more):
    """Environment of a tool: the repository's code, no network."""
    return {
        **os.environ, 'PYTHONPATH': str(ROOT),
        'PATH': f'{Path(sys.executable).parent}:{os.environ["PATH"]}',
        'http_proxy': CLOSED,
        'https_proxy': CLOSED,
        **more
    }


def run_tool(tool, *arguments, cwd, **env):
    """Run a tool to its end and return the finished process."""
    command = [sys.executable] if tool.endswith('.py') else []
    return subprocess.run(
        [*command, str(ROOT / 'tools' / tool), *map(str, arguments)],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        text=True)


def tiny_demo(epochs=1):
    """Options that shorten the demo's schedule."""
    return [
        '--cfg-options', f'train_cfg.max_epochs={epochs}',
        'train_cfg.val_interval=1', 'train_dataloader.num_workers=0',
        'train_dataloader.persistent_workers=False',
        'val_dataloader.num_workers=0',
        'val_dataloader.persistent_workers=False',
        'test_dataloader.num_workers=0',
        'test_dataloader.persistent_workers=False'
    ]
