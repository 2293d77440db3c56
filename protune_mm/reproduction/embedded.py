"""Stand-ins for the paper's data and backbones that need no download."""
from dataclasses import replace
from typing import Dict, List, Sequence

from protune_mm.datasets import make_digit_scenes, make_tree_crowns
from .cells import Cell, Outcome
from .prompt_cells import BENCHMARKS

# Detectors and segmentors: layout and place of the scenes they need.
SCENES = dict(
    cascade_mask_rcnn=('coco', 'data/digits'),
    htc=('coco', 'data/digits'),
    fcn=('ade20k', 'data/digits_ade20k'),
    upernet=('ade20k', 'data/digits_ade20k'))
# The same of tree crowns, by data set.
TREES = dict(
    trees_coco=('coco', 'data/trees'),
    trees_ade20k=('ade20k', 'data/trees_ade20k'))
SHIFTED = ('cifar10_c', 'cifar100_c', 'imagenet_a', 'imagenet_r')


def embedded_twin(cell: Cell) -> Cell:
    """Return what stands for a cell where nothing can be downloaded.

    Args:
        cell (Cell): A cell of the paper.

    Returns:
        Cell: The same on embedded digits (long-tailed as the paper's data,
        corrupted for CIFAR-C and ImageNet-A and -R) with the slim ResNet, or
        for prompt tokens the slim ViT, which were pre-trained on letters.
    """
    if cell.table in BENCHMARKS:
        return replace(cell, dataset='digits', backbone='vit_slim')
    dataset = 'digits_c' if cell.dataset in SHIFTED else 'digits'
    _, tail, ratio = cell.dataset.partition('_lt')
    return replace(
        cell, dataset=dataset + tail + ratio, backbone='resnet18_slim')


def embedded_cells(cells: Sequence[Cell]) -> List[Cell]:
    """Return the embedded twins of cells, each once.

    Args:
        cells (Sequence[Cell]): Of one table.

    Returns:
        list[Cell]: They carry the paper's numbers where they stand for one
        cell alone.
    """
    groups: Dict[Cell, List[Cell]] = {}
    for cell in cells:
        # Figure 1 shows cells of two tables.
        twin = replace(
            embedded_twin(cell),
            table=cells[0].table,
            paper=None,
            paper_m=None)
        groups.setdefault(twin, []).append(cell)
    return [
        twin if len(group) > 1 else replace(twin, paper=group[0].paper)
        for twin, group in groups.items()
    ]


def without_paper(outcomes: Sequence[Outcome]) -> List[Outcome]:
    """Leave the paper's numbers out: in one picture they would mislead.

    Args:
        outcomes (Sequence[Outcome]): Of embedded cells.

    Returns:
        list[Outcome]: The same, of cells without numbers of the paper.
    """
    return [
        replace(o, cell=replace(o.cell, paper=None, paper_m=None))
        for o in outcomes
    ]


def prepare_embedded(cells: Sequence[Cell]) -> None:
    """Make the scenes of digits and the tree crowns that cells need.

    Args:
        cells (Sequence[Cell]): Of :func:`embedded_cells`, or of a comparison.
    """
    trees = {cell.dataset for cell in cells} & TREES.keys()
    for dataset in trees:
        layout, root = TREES[dataset]
        make_tree_crowns(root, layout)
    hosts = {cell.host for cell in cells if cell.dataset not in trees}
    for host in hosts & SCENES.keys():
        layout, root = SCENES[host]
        make_digit_scenes(root, layout=layout)
