"""Who is timed, and against whom."""
from protune_mm.export import compare_latency, export_onnx, stock_model
from protune_mm.export.latency import FILE, PYTORCH, STOCK
from tests.export_case import acting
from tests.slim_configs import classifier


def test_rows():
    cfg = classifier()
    model = acting(cfg)
    exported = export_onnx(model, (32, 32))
    stock = stock_model(cfg, model)
    rows = {
        row.name: row
        for row in compare_latency(exported, model, stock, (32, 32), 2)
    }
    assert list(rows) == [FILE, PYTORCH, STOCK]
    assert rows[PYTORCH].to_pytorch == rows[STOCK].to_stock == 1
    assert all(row.seconds > 0 for row in rows.values())
    alone = compare_latency(exported, model, None, (32, 32), 1)
    assert [(row.name, row.to_stock) for row in alone] == [(FILE, None),
                                                           (PYTORCH, None)]
