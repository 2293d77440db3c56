"""Where the hosts' data sets come from, by type; ours say it themselves."""
from typing import Dict, NamedTuple, Tuple


class Source(NamedTuple):
    """What a data set needs on disk.

    Args:
        remedy (str): How to get it: the first half of a sentence.
        files (tuple[str]): What must be in ``data_root``. Default: ().
        lines (dict[str, int]): Lines that text files in ``data_root`` must
            have. Default: {}.
    """
    remedy: str
    files: Tuple[str, ...] = ()
    lines: Dict[str, int] = {}


SOURCES = dict(
    CIFAR10=Source(
        'unpack cifar-10-python.tar.gz of '
        'https://www.cs.toronto.edu/~kriz/cifar.html',
        ('cifar-10-batches-py/test_batch', )),
    CIFAR100=Source(
        'unpack cifar-100-python.tar.gz of '
        'https://www.cs.toronto.edu/~kriz/cifar.html',
        ('cifar-100-python/test', )),
    OxfordIIITPet=Source(
        'unpack images.tar.gz and annotations.tar.gz of '
        'https://www.robots.ox.ac.uk/~vgg/data/pets/',
        ('images', 'annotations/trainval.txt', 'annotations/test.txt'), {
            'annotations/trainval.txt': 3680,
            'annotations/test.txt': 3669
        }),
    Flowers102=Source(
        'unpack 102flowers.tgz, and put imagelabels.mat and setid.mat beside '
        'its folder, all of '
        'https://www.robots.ox.ac.uk/~vgg/data/flowers/102/',
        ('jpg', 'imagelabels.mat', 'setid.mat')),
    Caltech101=Source(
        'unpack caltech-101.zip of https://data.caltech.edu/records/'
        'mzrjq-6wc02 and run tools/dataset_converters/caltech101_split.py',
        ('101_ObjectCategories', 'meta/train.txt', 'meta/test.txt'), {
            'meta/train.txt': 3060,
            'meta/test.txt': 6084
        }),
    CUB=Source(
        'unpack CUB_200_2011.tgz of '
        'https://data.caltech.edu/records/65de6-vp158',
        ('images', 'images.txt', 'image_class_labels.txt',
         'train_test_split.txt'), {
             'images.txt': 11788,
             'image_class_labels.txt': 11788,
             'train_test_split.txt': 11788
         }),
    # Two layouts: neither's files must be there.
    StanfordCars=Source(
        'put car_ims and cars_annos.mat, or cars_train, cars_test and devkit '
        'with cars_train_annos.mat and cars_test_annos_withlabels.mat, of '
        'https://ai.stanford.edu/~jkrause/cars/car_dataset.html there'),
    ImageNet=Source(
        'unpack ILSVRC2012_img_train.tar and ILSVRC2012_img_val.tar of '
        'https://image-net.org, a folder a class'),
    CocoDataset=Source(
        'unpack train2017.zip, val2017.zip and annotations_trainval2017.zip '
        'of https://cocodataset.org/#download'),
    ADE20KDataset=Source('unpack ADEChallengeData2016.zip of '
                         'http://sceneparsing.csail.mit.edu'))
