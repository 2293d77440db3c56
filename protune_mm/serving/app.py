"""The Ray Serve application: one pool of tasks in each replica.

    serve run protune_mm.serving.app:build tasks=published
"""
import asyncio
import logging
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict

import ray
import torch
from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from ray import serve
from starlette.exceptions import HTTPException as HTTPRefusal

from protune_mm.apis import TaskPool
from protune_mm.errors import UserError
from .answers import answer_of
from .loaded_task import LoadedTask
from .named_tasks import host_of_task
from .requests import TooLarge, image_of, read_body
from .settings import Settings, read_settings

AT_ONCE = 4  # predictions; cores beyond that share the work of each
WAITING = 64  # requests in a replica: others wait before it
SCORE = Query(0.3, ge=0, le=1)  # the least of a detection
# No pages of FastAPI: they load scripts from elsewhere.
http = FastAPI(openapi_url=None)


def _error(status: int, sentence: str, headers: Any = None) -> Response:
    return JSONResponse(dict(error=sentence), status, headers)


@http.exception_handler(HTTPRefusal)
async def refuse(request: Request, error: HTTPRefusal) -> Response:
    """Say in a sentence what HTTP says by number."""
    path, text = request.url.path, error.detail
    if error.status_code == 405:
        text = (f'{request.method} is not for {path}: use '
                f'{(error.headers or {}).get("Allow", "another method")}.')
    elif text == 'Not Found':  # of a path that is none
        text = (f'There is nothing at {path}: there are /tasks, '
                '/tasks/NAME/predict, /summary and /health.')
    return _error(error.status_code, text, error.headers)


@http.exception_handler(RequestValidationError)
async def refuse_query(request: Request,
                       error: RequestValidationError) -> Response:
    """Say which score cannot be taken."""
    given = request.query_params.get('score')
    return _error(400, f'score={given} is no score: give a number from 0 to '
                  '1.')


@http.exception_handler(Exception)
async def fail(request: Request, error: Exception) -> Response:
    """Keep what went wrong for the log."""
    return _error(
        500, 'The server failed at this request: its log says why, ask '
        'whoever runs it.')


@serve.deployment(
    name='TaskServer',
    max_ongoing_requests=WAITING,
    graceful_shutdown_wait_loop_s=0.2)
@serve.ingress(http)
class TaskServer:
    """A pool that loads tasks when they are asked for.

    Args:
        tasks (dict[str, str]): Addresses of published tasks by name.
        device (str): Where they compute.
        loaded (int): How many are kept; the least recently used ones go.
        max_request_mb (float): The largest request, in MB.
    """

    async def __init__(self, tasks: Dict[str, str], device: str, loaded: int,
                       max_request_mb: float) -> None:
        self.addresses = tasks
        self.limit = int(max_request_mb * 2**20)
        self.hosts = {n: host_of_task(a) for n, a in tasks.items()}
        cpus = ray.get_runtime_context().get_assigned_resources().get('CPU', 1)
        workers = max(1, min(AT_ONCE, int(cpus)))
        torch.set_num_threads(max(1, int(cpus) // workers))
        self.threads = ThreadPoolExecutor(workers, 'predict')
        self.pool = TaskPool(device)

        async def load(name: str) -> LoadedTask:
            return await asyncio.to_thread(LoadedTask, self.pool, name,
                                           self.addresses[name])

        self.task = serve.multiplexed(load, max_num_models_per_replica=loaded)
        for name in list(tasks)[:loaded]:
            await self.task(name)

    @http.post('/tasks/{name}/predict')
    async def predict(self,
                      name: str,
                      request: Request,
                      score: float = SCORE) -> Response:
        """Answer a request; others are answered meanwhile."""
        if name not in self.addresses:
            raise HTTPException(
                404, f"There is no task '{name}': there are "
                f'{", ".join(self.addresses)}.')
        headers = request.headers
        try:
            body = await read_body(request.stream(), self.limit,
                                   headers.get('content-length'))
        except TooLarge as error:
            raise HTTPException(413, str(error)) from None
        try:
            task = await self.task(name)
        except UserError:  # of this machine's files, which is nobody's matter
            logging.getLogger('ray.serve').exception('Loading %s', name)
            raise HTTPException(
                500, f"The task '{name}' cannot be loaded: the server's log "
                'says why, ask whoever runs it.') from None
        with task.used():
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    self.threads, self.answer, task, name, body,
                    headers.get('content-type', ''), score)
            except UserError as error:
                raise HTTPException(400, str(error)) from None

    def answer(self, task: LoadedTask, name: str, body: bytes,
               content_type: str, score: float) -> Response:
        """Predict; in a thread."""
        # A file: the task's own pipeline reads it, whatever its format.
        with tempfile.NamedTemporaryFile() as file:
            file.write(image_of(body, content_type))
            file.flush()
            try:
                sample = task.predict(file.name)
            except UserError as error:
                said = str(error).replace(f': {file.name}', '')
                raise UserError(said.replace(file.name,
                                             'What was sent')) from None
        return JSONResponse(answer_of(sample, self.pool.classes(name), score))

    @http.get('/tasks')
    async def tasks(self) -> Response:
        """List the tasks."""
        return JSONResponse(
            dict(tasks=[
                dict(name=name, host=host, loaded=name in self.pool)
                for name, host in self.hosts.items()
            ]))

    @http.get('/summary')
    async def summary(self) -> Response:
        """Tell what is in memory."""
        return PlainTextResponse(await asyncio.to_thread(self.pool.summary))

    @http.get('/health')
    async def health(self) -> Response:
        """Tell that requests are answered."""
        return JSONResponse(dict(status='ready'))


def application(settings: Settings) -> serve.Application:
    """Put a server together.

    Args:
        settings (Settings): Of it.

    Returns:
        Application: What ``serve.run`` takes.
    """
    resources = dict(num_cpus=settings.cpus)
    if settings.device == 'cuda':
        resources['num_gpus'] = settings.gpus
    return TaskServer.options(
        num_replicas=settings.replicas,
        ray_actor_options=resources).bind(settings.named(), settings.device,
                                          settings.loaded,
                                          settings.max_request_mb)


def build(args: Dict[str, Any]) -> serve.Application:
    """Build the application for ``serve run`` or a config file of Ray Serve.

    Args:
        args (dict): :class:`Settings` by name.

    Returns:
        Application: The server.

    Raises:
        UserError: If a setting is wrong.
    """
    return application(read_settings(args))
