"""The table of a pool."""
from protune_mm.apis.pool_size import PoolSize
from protune_mm.apis.task_size import TaskSize


def test_table():
    size = PoolSize([
        TaskSize('pets', 'mmpretrain', 'ImageClassifier', 2_000_000,
                 9_000_000),
        TaskSize('roads', 'mmseg', 'EncoderDecoder', 3_000_000, 9_000_000)
    ], 14_000_000)
    assert size.separate == 23_000_000
    text = size.table()
    assert 'In memory: 14.0 MB; as separate models: 23.0 MB.' in text
    row = next(line for line in text.splitlines() if 'roads' in line)
    assert row.strip('│').split() == [
        'roads', '│', 'mmseg', '│', 'EncoderDecoder', '│', '3.0', '│', '9.0'
    ]
