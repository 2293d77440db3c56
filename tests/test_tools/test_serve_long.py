"""A server from its start to its end, asked by several at a time."""
import base64
import http.client
import json
import signal
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import pytest
from urllib3 import encode_multipart_formdata

from protune_mm.apis import TaskPool, load_config
from protune_mm.publishing import publish
from protune_mm.serving.answers import answer_of
from tests import pool_tasks
from tests.command_line import ROOT, environment, free_port, run_tool

START, STOP = 120, 60  # seconds, on a machine that has much else to do
CLIENTS, SECONDS = 8, 20
TASKS = ('classifier', 'faster', 'fcn')


class Server:
    """One that runs; asked without proxies."""

    def __init__(self, *arguments, log):
        self.port, self.log = free_port(), log
        self.mark = uuid.uuid4().hex
        with open(log, 'w') as file:
            self.process = subprocess.Popen(
                [
                    sys.executable, '-W', 'ignore',
                    str(ROOT / 'tools/serve.py'), *map(str, arguments),
                    '--port', self.port
                ],
                env=environment(PROTUNE_MARK=self.mark),
                stdout=file,
                stderr=file)

    def ask(self, path, body=None, headers=(), method=None):
        """Return the status and the answer."""
        connection = http.client.HTTPConnection(
            '127.0.0.1', self.port, timeout=START)
        connection.request(
            method or ('GET' if body is None else 'POST'), path, body,
            dict(headers))
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        kind = answer.getheader('content-type')
        return answer.status, json.loads(text) if 'json' in kind else text

    def wait(self):
        end = time.time() + START
        while time.time() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.ask('/health') == (200, dict(status='ready')):
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise TimeoutError(self.log.read_text())

    def processes(self):
        """The numbers of all processes that it started, and its own."""
        mark = self.mark.encode()
        found = []
        for path in Path('/proc').glob('[0-9]*/environ'):
            try:
                if mark in path.read_bytes():
                    found.append(path.parent.name)
            except OSError:
                pass
        return found


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A folder of published tasks, and an image."""
    place = tmp_path_factory.mktemp('serve')
    for kind in TASKS:
        task = pool_tasks.train(kind, place)
        publish(
            load_config(task.config), task.checkpoint, str(place / 'all'),
            kind)
    cv2.imwrite(str(place / 'image.png'), pool_tasks.image())
    return place


@pytest.fixture(scope='module')
def image(folder):
    return (folder / 'image.png').read_bytes()


@pytest.fixture(scope='module')
def expected(folder):
    """Answers of a pool of its own, detections of score 0 included."""
    pool = TaskPool()
    for place in (folder / 'all').iterdir():
        pool.add(place.name.split('-')[0], place)
    return {
        name:
        answer_of(
            pool.predict(name, str(folder / 'image.png')), pool.classes(name),
            0)
        for name in TASKS
    }


@pytest.fixture(scope='module')
def server(folder):
    found = Server(
        folder / 'all',
        '--loaded',
        2,
        '--max-request-mb',
        1,
        log=folder / 'log')
    try:
        found.wait()
        yield found
    finally:
        found.process.kill()


def test_many_clients(server, image, expected):
    end = time.time() + SECONDS

    def client(number):
        count = 0
        while time.time() < end:
            name = TASKS[(number + count) % 2]
            found = server.ask(f'/tasks/{name}/predict?score=0', image)
            assert found == (200, expected[name])
            count += 1
        return count

    with ThreadPoolExecutor(CLIENTS) as threads:
        assert min(threads.map(client, range(CLIENTS))) > 0


def loaded(server):
    status, answer = server.ask('/tasks')
    assert status == 200
    hosts = {task['name']: task['host'] for task in answer['tasks']}
    assert hosts == dict(classifier='mmpretrain', faster='mmdet', fcn='mmseg')
    return {task['name'] for task in answer['tasks'] if task['loaded']}


def test_least_recently_used_go(server, image, expected):
    for name in ('faster', 'classifier', 'fcn'):
        assert server.ask(f'/tasks/{name}/predict?score=0',
                          image) == (200, expected[name])
    assert loaded(server) == {'classifier', 'fcn'}
    table = server.ask('/summary')[1]
    assert 'fcn' in table and 'faster' not in table and 'In memory' in table
    # All at once, which no two of them fit.
    names = TASKS * 4

    def ask(name):
        return server.ask(f'/tasks/{name}/predict?score=0', image)

    with ThreadPoolExecutor(len(names)) as threads:
        answers = list(threads.map(ask, names))
    assert answers == [(200, expected[name]) for name in names]
    assert len(loaded(server)) == 2


def test_ways_to_send(server, image, expected):
    form, kind = encode_multipart_formdata([('image', ('a', image))])
    data = json.dumps(dict(image=base64.b64encode(image).decode()))
    for body, header in ((form, kind), (data, 'application/json')):
        assert server.ask('/tasks/classifier/predict', body,
                          {'content-type':
                           header}.items()) == (200, expected['classifier'])


def test_errors(server, image):
    predict = '/tasks/classifier/predict'
    chunks = (b'x' * 2**16 for _ in range(24))
    as_json = {'content-type': 'application/json'}.items()
    for status, said, question in (
        (400, 'What was sent cannot be read as an image', (predict, b'no')),
        (400, 'What was sent cannot be read', (predict, image[:200])),
        (400, 'holds no image', (predict, b'')),
        (400, 'no JSON of the form', (predict, b'{', as_json)),
        (400, 'score=2 is no score', (f'{predict}?score=2', image)),
        (404, "no task 'x': there are classifier, faster, fcn",
         ('/tasks/x/predict', image)),
        (404, 'nothing at /x: there are /tasks', ('/x', )),
        (405, f'GET is not for {predict}: use POST', (predict, )),
        (413, 'larger than 1 MB', (predict, b'x' * (2**20 + 1))),
        (413, 'larger than 1 MB', (predict, chunks)),
    ):
        found, answer = server.ask(*question)
        assert found == status and list(answer) == ['error']
        assert said in answer['error'] and '/tmp' not in answer['error']
    assert server.ask(predict, image)[0] == 200


def test_failure(server, folder):
    """What is wrong is said, but not where or in which lines."""
    weights = next((folder / 'all').glob('*/delta-*'))
    name = weights.parent.name.split('-')[0]
    others = [x for x in TASKS if x != name]
    for other in others:  # so that it is not loaded
        server.ask(f'/tasks/{other}/predict', b'x')
    hidden = weights.rename(folder / 'hidden')
    status, answer = server.ask(f'/tasks/{name}/predict', b'x')
    hidden.rename(weights)
    assert status == 500 and answer == dict(
        error=f"The task '{name}' cannot be loaded: the server's log says "
        'why, ask whoever runs it.')
    assert server.ask(f'/tasks/{name}/predict', b'x')[0] == 400


def test_end(server):
    """The last: all processes are gone."""
    assert len(server.processes()) > 5
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(STOP) == 0
    end = time.time() + 5
    while server.processes() and time.time() < end:
        time.sleep(0.1)
    assert not server.processes()
    names = ', '.join(TASKS)
    assert server.log.read_text() == (
        f'Loading {names}.\n'
        f'Ready at http://127.0.0.1:{server.port}: {names}.\n')


def test_bad_arguments(tmp_path):
    process = run_tool('serve.py', f'a={tmp_path}', cwd=tmp_path)
    assert process.returncode == 2 and process.stdout == ''
    last = process.stderr.splitlines()[-1]
    assert last.startswith('error: ') and 'no task.json' in last
