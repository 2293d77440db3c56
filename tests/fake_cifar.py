"""Full-size files like CIFAR's, of random pixels, and what LDAM-DRW picks."""
import pickle

import numpy as np


def write_cifar(folder, sizes, key, num_classes):
    """Write a balanced set in files of these sizes; return what it holds."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    total = sum(sizes.values())
    data = rng.integers(0, 256, (total, 3072), np.uint8)
    labels = rng.permutation(np.arange(total) % num_classes)
    start = 0
    for name, size in sizes.items():
        part = slice(start, start + size)
        entry = {'data': data[part], key: labels[part].tolist()}
        (folder / name).write_bytes(pickle.dumps(entry, protocol=2))
        start += size
    return data, labels


def ldam_selection(labels, imbalance_factor, seed):
    """Indices by the formula, drawn from NumPy's global generator."""
    state = np.random.get_state()
    np.random.seed(seed)
    num_classes = labels.max() + 1
    selection = []
    for label in range(num_classes):
        number = len(labels) / num_classes * (
            imbalance_factor**(label / (num_classes - 1.0)))
        places = np.where(labels == label)[0]
        np.random.shuffle(places)
        selection.append(places[:int(number)])
    np.random.set_state(state)
    return np.concatenate(selection)


def assert_selection(dataset, data, labels, imbalance_factor, seed=0):
    """Check that the data set is LDAM-DRW's, pixel for pixel."""
    expected = ldam_selection(labels, imbalance_factor, seed)
    np.testing.assert_array_equal(dataset.get_gt_labels(), labels[expected])
    # A row holds the red plane, then the green and the blue one.
    planes = data[expected].reshape(-1, 3, 32, 32)
    images = np.stack([dataset[i]['img'] for i in range(len(dataset))])
    assert images.dtype == np.uint8
    for channel in range(3):
        np.testing.assert_array_equal(images[..., channel], planes[:, channel])
