"""What a benchmark found."""
import csv

from protune_mm.costs.benchmark import BenchmarkRow
from protune_mm.costs.benchmark_table import benchmark_table, write_csv

ROWS = [
    BenchmarkRow('backbone', name, .1 * factor, factor, .05, 10**6 * factor,
                 factor, 5e5, 3 * 10**6, None, .02, 20.)
    for name, factor in (('fine-tuning', 1), ('Pro-tuning plain', 2))
]


def test_table():
    text = benchmark_table(ROWS)
    line, = (line for line in text.splitlines() if 'plain' in line)
    assert [cell.strip() for cell in line.split('│')[1:-1]] == [
        'Pro-tuning plain', '200.0', '2.00 ± 0.05', '20.0', '2.0', '2.00',
        '3.0', '-', '20.0'
    ]
    assert text.endswith(': 0.5 MB.') and 'folded' not in text


def test_folded_norms_get_a_column():
    rows = [BenchmarkRow(**{**vars(row), 'folded_s': .01}) for row in ROWS]
    assert 'folded' in benchmark_table(rows)


def test_file(tmp_path):
    write_csv(ROWS, dict(images=2), tmp_path / 'x.csv')
    with open(tmp_path / 'x.csv') as file:
        rows = list(csv.DictReader(file))
    assert [row['tuning'] for row in rows] == [row.tuning for row in ROWS]
    assert rows[1]['kept_bytes'] == '2000000' and rows[1]['images'] == '2'
    assert rows[0]['grows_bytes'] == rows[0]['folded_s'] == ''
