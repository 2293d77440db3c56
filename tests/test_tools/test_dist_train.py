"""tools/dist_train.sh and tools/dist_test.sh: two processes on the CPU."""
from tests.command_line import ROOT, free_port, run_tool, tiny_demo

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
