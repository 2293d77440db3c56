"""What a server is told at its start."""
from typing import Any, Dict, List, Literal, Union

from pydantic import BaseModel, Field, ValidationError

from protune_mm.errors import UserError
from .named_tasks import named_tasks


class Settings(BaseModel, extra='forbid'):
    """Settings of a server.

    Args:
        tasks (dict | list | str): Addresses of published tasks by name, or
            ``name=address`` and folders, as :func:`named_tasks` takes them;
            in one text between commas.
        device (str): ``'cpu'`` or ``'cuda'``. Default: 'cpu'.
        loaded (int): How many tasks a replica keeps loaded. Default: 10.
        max_request_mb (float): The largest request, in MB. Default: 20.
        replicas (int): Copies of the pool. Default: 1.
        cpus (float): Cores that a replica reserves and uses. Default: 1.
        gpus (float): GPUs of a replica with ``device='cuda'``. Default: 1.
    """
    tasks: Union[Dict[str, str], List[str], str]
    device: Literal['cpu', 'cuda'] = 'cpu'
    loaded: int = Field(10, ge=1)
    max_request_mb: float = Field(20, gt=0)
    replicas: int = Field(1, ge=1)
    cpus: float = Field(1, gt=0)
    gpus: float = Field(1, gt=0)

    def named(self) -> Dict[str, str]:
        """Return addresses by name.

        Returns:
            dict[str, str]: As of :func:`named_tasks`.
        """
        if isinstance(self.tasks, dict):
            return named_tasks(f'{k}={v}' for k, v in self.tasks.items())
        if isinstance(self.tasks, str):
            return named_tasks(filter(None, self.tasks.split(',')))
        return named_tasks(self.tasks)


def read_settings(args: Dict[str, Any]) -> Settings:
    """Check and convert settings.

    Args:
        args (dict): By name; texts that are numbers are taken as such.

    Returns:
        Settings: Them.

    Raises:
        UserError: For the first that is wrong.
    """
    try:
        return Settings(**args)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first['loc'][0])
        given = f' {first["input"]!r}' if name in args else ''
        raise UserError(f"The server's setting {name}{given} cannot be taken "
                        f'({first["msg"]}): see docs/serve.md.') from None
