"""A bar on a screen, some lines in a file."""
from protune_mm.progress import progress_bar


def test_a_file_gets_few_lines(capsys):
    for _ in progress_bar(range(5000), mininterval=0.001):
        pass
    # The first and the last state; a bar for a screen draws hundreds.
    assert capsys.readouterr().err.count('it/s') <= 2


def test_a_screen_gets_a_bar(monkeypatch):
    monkeypatch.setattr('sys.stderr.isatty', lambda: True, raising=False)
    assert progress_bar(total=3).mininterval == 0.1
