"""tools/dist_train.sh and tools/dist_test.sh: two processes on the CPU."""
import subprocess
import time
from pathlib import Path

from tests.command_line import (ROOT, environment, free_port, run_tool,
                                tiny_demo)

DEMO = ROOT / 'configs/demo/htc_protune_r18_digits.py'


def test_every_rank_ends_with_the_same_weights(workplace, tmp_path):
    config = tmp_path / 'config.py'
    config.write_text(f"_base_ = ['{DEMO}']\n"
                      "custom_imports = dict(imports=['protune_mm', "
                      "'tests.rank_hash_hook'])\n"
                      "custom_hooks = [dict(type='RankHashHook')]\n")
    process = run_tool(
        'dist_train.sh',
        config,
        2,
        '--work-dir',
        tmp_path,
        *tiny_demo(),
        cwd=workplace,
        PORT=free_port(),
        OMP_NUM_THREADS='1')
    assert process.returncode == 0, process.stderr[-3000:]
    hashes = [(tmp_path / f'rank{rank}').read_text() for rank in (0, 1)]
    assert hashes[0] == hashes[1] and hashes[0].endswith('of 2')
    assert 'coco/bbox_mAP' in process.stdout

    process = run_tool(
        'dist_test.sh',
        DEMO,
        tmp_path / 'epoch_1.pth',
        2,
        *tiny_demo(),
        cwd=workplace,
        PORT=free_port(),
        OMP_NUM_THREADS='1')
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'coco/segm_mAP: ' in process.stdout


def test_workers_end_with_torchrun(workplace, tmp_path):
    """A torchrun that is killed cannot end them itself."""
    with open(tmp_path / 'log', 'w') as log:
        torchrun = subprocess.Popen([
            ROOT / 'tools/dist_train.sh', DEMO, '2', '--work-dir',
            tmp_path / 'run', *tiny_demo(1000)
        ],
                                    cwd=workplace,
                                    env=environment(
                                        PORT=free_port(), OMP_NUM_THREADS='1'),
                                    stdout=log,
                                    stderr=log)
    children = Path(f'/proc/{torchrun.pid}/task/{torchrun.pid}/children')

    def lives(pid):
        try:
            return ') Z ' not in Path(f'/proc/{pid}/stat').read_text()
        except FileNotFoundError:
            return False

    def wait_until(condition):
        end = time.time() + 120
        while not condition():
            assert time.time() < end, (tmp_path / 'log').read_text()[-2000:]
            time.sleep(0.1)

    wait_until(lambda: 'Parameters that train' in
               (tmp_path / 'log').read_text())
    workers = children.read_text().split()
    assert len(workers) == 2
    torchrun.kill()
    torchrun.wait()
    wait_until(lambda: not any(map(lives, workers)))
