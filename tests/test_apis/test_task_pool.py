"""Many tasks over one frozen backbone: shared, replaced, by many threads."""
import gc
import re
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch._subclasses import FakeTensor

from protune_mm.apis import Task, TaskPool
from protune_mm.errors import UserError
from protune_mm.tuning import split_state
from tests import pool_tasks

KINDS = ('faster', 'fcn', 'classifier')
THREADS = 4


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A task of each host, and a second detector."""
    folder = tmp_path_factory.mktemp('pool')
    tasks = {kind: pool_tasks.train(kind, folder) for kind in KINDS}
    tasks['second'] = pool_tasks.train('faster', folder, seed=1)
    return tasks


@pytest.fixture
def pool(trained):
    return fill(TaskPool(), trained)


def fill(pool, trained):
    for name, task in trained.items():
        pool.add(name, task.checkpoint, task.config)
    return pool


def model_of(pool, name):
    return pool._tasks[name].model


def places(model, part):
    """Where a part of the state, trained (0) or frozen (1), is in memory."""
    return {
        x.untyped_storage().data_ptr()
        for x in split_state(model)[part].values()
    }


def resident():
    """Bytes of all tensors that there are, by place."""
    gc.collect()
    found = {}
    for thing in gc.get_objects():
        if isinstance(thing, torch.Tensor) and not isinstance(
                thing, FakeTensor):  # of another test's export
            memory = thing.untyped_storage()
            found[memory.data_ptr()] = memory.nbytes()
    return sum(found.values())


def test_one_copy_of_what_is_frozen(pool, trained):
    models = [model_of(pool, name) for name in trained]
    frozen = [places(model, 1) for model in models]
    # As many tensors as one backbone has, for all hosts.
    assert frozen[0] == frozen[1] == frozen[2] == frozen[3]
    trains = [places(model, 0) for model in models]
    assert not set.intersection(*trains)
    assert sum(map(len, trains)) == len(set.union(*trains))
    size = pool.size()
    # Counts of steps, which are equal, are one within a model, too.
    base = sum(
        {x.data_ptr(): x.nbytes
         for x in split_state(models[0])[1].values()}.values())
    assert [task.shared for task in size.tasks] == [base] * 4
    assert size.in_memory == base + sum(task.own for task in size.tasks)
    assert size.separate == size.in_memory + 3 * base
    for model, task in zip(models, size.tasks):
        own = {
            x.data_ptr(): x.nbytes
            for x in (*model.parameters(), *model.buffers())
        }
        assert task.own + task.shared == sum(own.values())


def test_what_is_not_needed_is_freed(trained):
    pool = TaskPool()
    sizes = [resident()]
    for name in ('faster', 'second'):
        pool.add(name, trained[name].checkpoint, trained[name].config)
        sizes.append(resident())
    base = pool.size().tasks[0].shared
    assert base > 1e6
    first, second = sizes[1] - sizes[0], sizes[2] - sizes[1]
    # Anchors and the like are no parameters.
    assert abs(first - second - base) < base / 100
    watched = weakref.ref(model_of(pool, 'second').backbone.conv1.weight)
    pool.remove('faster')
    assert abs(sizes[0] + second + base - resident()) < base / 100
    assert watched() is not None
    pool.remove('second')
    assert watched() is None and not pool._tensors._tensors
    assert abs(sizes[0] - resident()) < base / 100


def test_another_base_is_not_shared(pool, trained, tmp_path):
    content = torch.load(trained['faster'].checkpoint)
    content['state_dict']['backbone.conv1.weight'][0, 0, 0, 0] += 1
    torch.save(content, tmp_path / 'other.pth')
    pool.add('other', tmp_path / 'other.pth', trained['faster'].config)
    weights = [
        model_of(pool, name).backbone.conv1.weight
        for name in ('faster', 'other')
    ]
    assert (weights[0] - weights[1]).count_nonzero() == 1
    image = pool_tasks.image()
    alone = Task('other', tmp_path / 'other.pth', trained['faster'].config)
    found = pool.predict(['faster', 'other'], image)
    assert pool_tasks.same(found['other'], alone.predict(image))


def test_what_trains_is_not_shared(tmp_path):
    """Two that are equal in everything, of which nothing is frozen."""
    trained = pool_tasks.train('classifier', tmp_path, tuning='finetune')
    pool = TaskPool()
    for name in 'ab':
        pool.add(name, *trained[::-1])
    assert [task.shared for task in pool.size().tasks] == [0, 0]
    assert 'forward' not in vars(model_of(pool, 'a').backbone.layer1)


def test_common_beginning(pool, trained, monkeypatch):
    runs = []
    stems = {id(model_of(pool, name).backbone.conv1): name for name in trained}
    original = torch.nn.Conv2d._conv_forward

    def count(conv, *args):
        if id(conv) in stems:
            runs.append(stems[id(conv)])
        return original(conv, *args)

    monkeypatch.setattr(torch.nn.Conv2d, '_conv_forward', count)
    image = pool_tasks.image()
    pool.predict(['second', 'faster', 'classifier'], image)
    # The classifier sees the image in another size.
    assert runs == ['second', 'classifier']
    pool.predict(['faster', 'second'], [image, image])
    assert runs[2:] == ['faster', 'faster']
    pool.predict('second', image)
    assert runs[4:] == ['second']


def test_several_tasks(pool, trained):
    alone = {
        name: Task(name, task.checkpoint, task.config)
        for name, task in trained.items()
    }
    images = [pool_tasks.image(), pool_tasks.image(1, (132, 80))]
    found = pool.predict(list(trained), images)
    assert list(found) == list(trained)
    for name, results in found.items():
        for image, result in zip(images, results):
            assert pool_tasks.same(result, alone[name].predict(image))
    single = pool.predict(['fcn', 'faster'], images[0])
    assert list(single) == ['fcn', 'faster']
    assert all(
        pool_tasks.same(single[name], found[name][0]) for name in single)


def test_names(pool, trained):
    assert pool.names() == list(trained) and len(pool) == 4
    assert 'fcn' in pool and 'pets' not in pool
    assert pool.classes('fcn') == ['one', 'two']
    pool.remove('fcn')
    assert 'fcn' not in pool and len(pool) == 3
    there = 'choose one of those there are: classifier, faster, second'
    for act in (lambda: pool.remove('pets'), lambda: pool.classes('pets'),
                lambda: pool.predict('pets', 0),
                lambda: pool.predict(['faster', 'pets'], 0)):
        with pytest.raises(UserError, match=f"no task 'pets'.*{there}"):
            act()
    with pytest.raises(UserError, match='those there are: none'):
        TaskPool().predict('pets', 0)
    with pytest.raises(UserError, match="'second' already.*replace=True"):
        pool.add('second', 'no.pth', 'no.py')
    with pytest.raises(UserError, match="device='xpu7' cannot be used"):
        TaskPool('xpu7')


def test_replaced(pool, trained):
    before = weakref.ref(model_of(pool, 'second'))
    image = pool_tasks.image()
    expected = pool.predict('faster', image)
    assert not pool_tasks.same(pool.predict('second', image), expected)
    # One that cannot be loaded leaves the old one.
    with pytest.raises(UserError, match='no config at'):
        pool.add('second', 'no.pth', 'no.py', replace=True)
    assert before() is not None and 'second' in pool
    task = trained['faster']
    pool.add('second', task.checkpoint, task.config, replace=True)
    assert pool_tasks.same(pool.predict('second', image), expected)
    assert before() is None


def test_two_add_one_name(trained):
    pool, task = TaskPool(), trained['classifier']

    def add(_):
        try:
            pool.add('a', task.checkpoint, task.config)
        except UserError as error:
            return str(error)

    with ThreadPoolExecutor(2) as threads:
        said = list(threads.map(add, range(2)))
    assert said.count(None) == 1 and "'a' already" in ''.join(
        filter(None, said))


def test_summary(pool):
    text = pool.summary()
    for line in (r'faster .* mmdet .* FasterRCNN .* 1\.\d .* 2\.8',
                 r'classifier .* mmpretrain .* ImageClassifier',
                 r'In memory: \d+\.\d MB; as separate models: \d+\.\d MB'):
        assert re.search(line, text)


def test_threads(pool, trained):
    """Mixed tasks and sizes, while tasks come and go."""
    images = [
        pool_tasks.image(i, size)
        for i, size in enumerate(((96, 128), (132, 80), (60, 64)))
    ]
    jobs = [(name, i) for name in trained for i in range(len(images))]
    jobs += [(('fcn', 'faster'), i) for i in range(len(images))]

    def work(job):
        name, i = job
        found = pool.predict(name, images[i])
        return found if isinstance(found, dict) else {name: found}

    expected = {job: work(job) for job in jobs}
    stop = threading.Event()

    def come_and_go():
        task = trained['second']
        while not stop.is_set():
            pool.add('guest', task.checkpoint, task.config)
            pool.add('guest', task.checkpoint, task.config, replace=True)
            pool.remove('guest')
        return True

    with ThreadPoolExecutor(THREADS + 1) as threads:
        guest = threads.submit(come_and_go)
        work_list = (jobs * 3)[::-1]
        together = list(threads.map(work, work_list))
        stop.set()
        assert guest.result()
    for job, found in zip(work_list, together):
        assert all(
            pool_tasks.same(found[name], expected[job][name])
            for name in found)
