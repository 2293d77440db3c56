"""Opening a checkpoint in every way that the tools have."""
from tests.command_line import run_tool


def delta(task, *arguments):
    """Run tools/delta.py where a task is."""
    return run_tool('delta.py', *arguments, cwd=task.config.parent)


def start(way, task, path, folder, *options):
    """Open a checkpoint in one of the ways there are, writing to a folder."""
    options = ['--cfg-options', *options] if options else []
    before, after = {
        'inspect': ((), ()),
        'verify': ((), ('--config', task.config)),
        'extract': ((task.config, ), (folder / 'x.pth', )),
        'merge': ((task.config, ), (folder / 'x.pth', )),
        'publish': ((task.config, ), (folder / 'zoo', '--name', 'x')),
        'test': ((task.config, ), ('--work-dir', folder)),
        'resume': ((task.config, ), ('--work-dir', folder, '--resume', path)),
        'load_from': ((task.config, ), ('--work-dir', folder)),
    }[way]
    if way in ('resume', 'load_from'):
        if way == 'load_from':
            options = options or ['--cfg-options']
            options.append(f'load_from={path}')
        return run_tool(
            'train.py', *before, *after, *options, cwd=task.config.parent)
    if way == 'test':
        return run_tool(
            'test.py', *before, path, *after, *options, cwd=task.config.parent)
    return delta(task, way, *before, path, *after, *options)
