"""The picture of what prompts have in common with patch tokens."""
from typing import TYPE_CHECKING, Dict, List

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def information_figure(rows: List[Dict[str, float]]) -> 'Figure':
    """Draw the measurements of :class:`PromptNMIHook`.

    Args:
        rows (list[dict]): Of its file, numbers by column.

    Returns:
        Figure: A line a layer, light to dark, and their mean in black.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure
    figure = Figure((5., 3.6), layout='constrained')
    axes = figure.add_subplot()
    epochs = [row['epoch'] for row in rows]
    layers = [name for name in rows[0] if name.startswith('layer_')]
    colors = colormaps['Blues'](np.linspace(0.3, 1., len(layers)))
    for name, color in [*zip(layers, colors), ('mean', 'black')]:
        axes.plot(
            epochs, [row[name] for row in rows],
            color=color,
            linewidth=2. if name == 'mean' else 1.,
            marker='.',
            label=name.replace('_', ' '))
    axes.set_xlabel('epoch', fontsize=8)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylabel('NMI of prompts and patch tokens', fontsize=8)
    axes.tick_params(labelsize=7)
    axes.spines[['top', 'right']].set_visible(False)
    axes.grid(color='#eeeeee', linewidth=0.6)
    axes.set_axisbelow(True)
    figure.legend(
        loc='outside right center',
        fontsize=6.5,
        frameon=False,
        ncols=1 + len(layers) // 20)
    return figure
