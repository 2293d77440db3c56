"""What the documents say holds: examples build, commands and links exist."""
import ast
import re
import shlex
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS, DefaultScope

from protune_mm.reproduction.main import find_cells, parse_args
from tests.command_line import ROOT, run_tool

DOCUMENTS = sorted([
    *ROOT.glob('*.md'), *ROOT.glob('docs/*.md'), *ROOT.glob('configs/**/*.md')
])
SHELLS = ('bash', 'shell', 'console')
FENCE = re.compile(r'^```(\w*)\n(.*?)^```$', re.DOTALL | re.MULTILINE)
# The tool that a launcher hands its options to.
LAUNCHED = dict(
    dist_train='train.py', dist_test='test.py', slurm_train='train.py')
COMMANDS = {
    f'protune-{name}': f'{name}.py'
    for name in ('benchmark', 'delta', 'demo', 'export', 'preflight',
                 'reproduce', 'serve', 'test', 'train')
}


def name_of(path):
    return str(path.relative_to(ROOT))


def blocks(path, *languages):
    """The code blocks of a document in some languages."""
    return [
        text for language, text in FENCE.findall(path.read_text())
        if language in languages
    ]


def examples(is_config):
    """Python blocks of all documents, either configs or the others."""
    return [
        pytest.param(block, id=f'{name_of(path)}-{i}') for path in DOCUMENTS
        for i, block in enumerate(blocks(path, 'python'))
        if ('model = ' in block) == is_config
    ]


def command_lines():
    """The lines of shell blocks, as words, without comments."""
    lines = [(path, line) for path in DOCUMENTS
             for block in blocks(path, *SHELLS)
             for line in block.replace('\\\n', ' ').splitlines()]
    words = [(path, shlex.split(re.sub(r'^\$ ', '', line), comments=True))
             for path, line in lines]
    return [
        pytest.param(line, id=f'{name_of(path)}: {" ".join(line)[:60]}')
        for path, line in words if line
    ]


def load(block, folder):
    """A config whose base, if it is one of ours, is found."""
    path = folder / 'config.py'
    path.write_text(block.replace("['./", f"['{ROOT}/configs/"))
    return Config.fromfile(path)


def build(cfg):
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        return MODELS.build(cfg.model)


def test_the_readme_is_short():
    assert len((ROOT / 'README.md').read_bytes()) <= 9000


def test_the_readme_names_all_documents():
    text = (ROOT / 'README.md').read_text()
    for path in DOCUMENTS:
        assert path.name == 'README.md' and path.parent == ROOT or (
            f']({name_of(path)})' in text)


def test_the_examples_are_all_there():
    assert len(examples(is_config=True)) == 9


@pytest.mark.parametrize('block', examples(is_config=True))
def test_example(block, tmp_path):
    if '_base_' not in block:
        block = "_base_ = ['mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco." \
            f"py']\ncustom_imports = dict(imports=['protune_mm'])\n{block}"
    cfg = load(block, tmp_path)
    model = build(cfg)
    backbone = model.backbone
    assert any(len(getattr(backbone, part)) for part in backbone.new_parts())
    four = 'tokens' in backbone.prompts or cfg.default_scope == 'mmseg'
    levels = 4 if four else 5
    assert len(model.extract_feat(torch.rand(1, 3, 64, 64))) == levels
    for loader in ('train_dataloader', 'val_dataloader'):
        classes = cfg[loader].dataset.get('metainfo', {}).get('classes', [])
        if classes:
            heads = cfg.model.roi_head.bbox_head
            assert [head.num_classes for head in heads] == [2, 2, 2]
            assert len(classes) == 2


@pytest.mark.parametrize('block', examples(is_config=False))
def test_other_python(block, tmp_path):
    ast.parse(block)
    if '_base_ = ' in block:
        cfg = load(block, tmp_path)
        with DATASETS.switch_scope_and_registry(cfg.default_scope) as registry:
            assert registry.get(cfg.train_dataloader.dataset.type)


@lru_cache(maxsize=None)
def help_of(tool, *command):
    """Options that the help of a tool, or of a command of it, names."""
    process = run_tool(tool, *command, '--help', cwd=ROOT)
    assert process.returncode == 0, process.stderr
    return set(re.findall(r'--[a-z][\w-]*', process.stdout))


def tool_of(line):
    """Path of the tool that a line calls, in tools/; None if there is none."""
    words = [word for word in line if not re.match(r'[A-Z_]+=', word)]
    if words[0] in COMMANDS:
        return COMMANDS[words[0]]
    called = words[1] if words[0] in ('python', 'bash') else words[0]
    return called[len('tools/'):] if called.startswith('tools/') else None


@pytest.mark.parametrize('line', command_lines())
def test_command(line, monkeypatch):
    for word in line:
        if re.fullmatch(r'(configs/|protune_mm::)\S+\.py', word):
            name = word.replace('protune_mm::', 'configs/')
            assert (ROOT / name).is_file(), name
    if line[0] == 'make':
        targets = re.findall(r'^([\w-]+):', (ROOT / 'Makefile').read_text(),
                             re.MULTILINE)
        assert {w for w in line[1:] if '=' not in w} <= set(targets)
    tool = tool_of(line)
    if tool:
        assert (ROOT / 'tools' / tool).is_file(), tool
        options = {w.split('=')[0] for w in line if w.startswith('--')}
        tool = LAUNCHED.get(Path(tool).stem, tool)
        command = [line[2]] if tool == 'delta.py' else []
        assert not options or options <= help_of(tool, *command)
        if tool == 'reproduce.py':  # refuses what a table has not
            monkeypatch.setattr('sys.argv', line[line[0] == 'python':])
            assert find_cells(parse_args())


def without_code(path):
    """A document's text without blocks and code spans."""
    return re.sub(r'`[^`]*`', '', FENCE.sub('', path.read_text()))


def anchors(path):
    """The anchors of a document's headings, as GitHub spells them."""
    text = FENCE.sub('', path.read_text())
    return {
        re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-')
        for heading in re.findall(r'^#+ (.*)$', text, re.MULTILINE)
    }


@pytest.mark.parametrize('path', DOCUMENTS, ids=name_of)
def test_links(path):
    for link in re.findall(r'\]\(([^)\s]+)\)', without_code(path)):
        if '://' in link:
            continue
        name, _, anchor = link.partition('#')
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_code_names_documents_that_exist():
    """Messages and comments say `docs/...`."""
    for folder in ('protune_mm', 'tools', 'configs'):
        for path in (ROOT / folder).rglob('*.py'):
            for name in re.findall(r'\bdocs/\w+\.md', path.read_text()):
                assert (ROOT / name).is_file(), f'{name} in {path}'
