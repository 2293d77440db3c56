"""A server on this machine: Ray is started, and stopped with it."""
import logging
import os
import re
import secrets
import signal
import socket
import sys
import threading
from contextlib import contextmanager
from typing import Any, Iterator

import torch

from protune_mm.cores import usable_cores
from protune_mm.errors import UserError

# What Ray reads when it is imported. No statistics are sent. Its own ports are
# of this machine alone, which is the default on other systems, as the name
# says; the one that is not, of a replica, wants the token. What cannot be
# loaded is not tried again.
ENVIRONMENT = dict(
    RAY_USAGE_STATS_ENABLED='0',
    RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER='0',
    RAY_AUTH_MODE='token',
    RAY_SERVE_MAX_PER_REPLICA_RETRY_COUNT='1',
    RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO='0')
NAME = 'protune_mm'  # of the application
STORE = 2**27  # bytes of shared memory, through which large requests go


def _check_ray() -> None:
    os.environ.update(ENVIRONMENT, RAY_AUTH_TOKEN=secrets.token_hex(32))
    try:
        import ray.serve  # noqa: F401
    except ImportError as error:
        raise UserError(
            f'Serving needs Ray Serve, which is not there '
            f'({error}): pip install "protune_mm[serve]".') from None


def _check_address(host: str, port: int) -> None:
    """Raise if nobody could reach a server there."""
    try:
        with socket.create_server((host, port)):
            pass
    except (OSError, OverflowError) as error:
        raise UserError(f'--host {host} --port {port} cannot be listened at '
                        f'({error}): choose others.') from None


def _share_machine(settings: Any) -> None:
    """Give each replica its share of the cores and GPUs."""
    settings.cpus = max(1, usable_cores() // settings.replicas)
    if settings.device == 'cuda':
        gpus = torch.cuda.device_count()
        if not gpus:
            raise UserError('--device cuda: there is no GPU here that torch '
                            'can use, take --device cpu.')
        settings.gpus = min(1, gpus / settings.replicas)


def _reason(status: Any) -> str:
    """Find our own sentence in what Ray says of replicas."""
    deployments = status.applications[NAME].deployments.values()
    said = re.findall(r'UserError: (.*)',
                      '\n'.join(found.message for found in deployments))
    return said[-1] if said else ''


@contextmanager
def _ray(cpus: float) -> Iterator[None]:
    """Run Ray as long as this lasts, or until SIGTERM."""
    import ray
    from ray import serve
    logging.getLogger('ray.serve').setLevel(logging.WARNING)
    try:
        ray.init(
            'local',
            num_cpus=cpus,
            include_dashboard=False,
            object_store_memory=STORE,
            logging_level=logging.ERROR,
            log_to_driver=False)
        # Ray's own handler ends with another status.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        yield
    except SystemExit:
        pass
    except KeyboardInterrupt:  # nothing has been saved, as of other tools
        sys.exit(130)
    finally:
        # Requests that have begun get their answers.
        if ray.is_initialized() and NAME in serve.status().applications:
            serve.delete(NAME)
        ray.shutdown()


def serve_here(args: Any, host: str, port: int) -> None:
    """Serve on this machine until Ctrl-C or SIGTERM.

    Args:
        args (dict): Settings by name, without ``cpus`` and ``gpus``: replicas
            share this machine's.
        host (str): Where to listen.
        port (int): Where to listen.

    Raises:
        UserError: If a setting is wrong, or a task cannot be loaded.
    """
    _check_ray()
    from .named_tasks import host_of_task
    from .settings import read_settings
    settings = read_settings(args)
    tasks = settings.named()
    for address in tasks.values():
        host_of_task(address)
    _check_address(host, port)
    _share_machine(settings)
    names = ', '.join(tasks)
    print(f'Loading {names}.', flush=True)
    with _ray(settings.cpus * settings.replicas):
        from ray import serve

        from .app import application
        serve.start(http_options=dict(host=host, port=port))
        try:
            serve.run(
                application(settings),
                name=NAME,
                logging_config=dict(
                    log_level='WARNING', enable_access_log=False))
        except RuntimeError:
            reason = _reason(serve.status())
            if not reason:
                raise
            raise UserError(reason) from None
        print(f'Ready at http://{host}:{port}: {names}.', flush=True)
        threading.Event().wait()
