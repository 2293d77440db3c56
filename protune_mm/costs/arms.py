"""Ways of tuning that are compared, on the model of one config."""
from contextlib import redirect_stdout
from io import StringIO
from typing import List, NamedTuple, Optional

from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from torch import nn

from protune_mm.execution import MEMORY, recompute_heads
from protune_mm.models.backbones.protune_backbone import build_protune_backbone
from protune_mm.models.backbones.tuned_backbone import TunedBackbone


class Arm(NamedTuple):
    """A way of tuning.

    Args:
        name (str): As tables print it.
        tuning (str, optional): The backbone's ``tuning``; None for what the
            config says.
        memory (str, optional): The backbone's ``memory``; None for what the
            config says.
        heads (str): What neck and heads keep, as
            :func:`~protune_mm.execution.recompute_heads` names it. Default:
            'plain'.
    """
    name: str
    tuning: Optional[str] = None
    memory: Optional[str] = None
    heads: str = 'plain'

    def with_heads(self, memory: str) -> 'Arm':
        """Return this way with other heads.

        Args:
            memory (str): What they keep.

        Returns:
            Arm: Its name tells, unless they are plain.
        """
        if memory == 'plain':
            return self
        return self._replace(name=f'{self.name}, heads {memory}', heads=memory)


FINETUNE = Arm('fine-tuning', 'finetune', 'plain')
HEAD = Arm('head retraining', 'head', 'plain')
PROTUNE = tuple(
    Arm(f'Pro-tuning {memory}', 'protune', memory) for memory in MEMORY)
# Of a backbone that is not one of ours.
AS_GIVEN = Arm('as configured')


def is_tuned(cfg: Config) -> bool:
    """Tell if a config's backbone is one that this package tunes.

    Args:
        cfg (Config): A complete config.

    Returns:
        bool: Whether it takes ``tuning`` and ``memory``.
    """
    kind = (cfg.model.get('backbone') or {}).get('type')
    if isinstance(kind, str):
        scope = cfg.get('default_scope', 'mmengine')
        with MODELS.switch_scope_and_registry(scope) as registry:
            kind = registry.get(kind)
    return kind is build_protune_backbone or (isinstance(kind, type) and
                                              issubclass(kind, TunedBackbone))


def heads_of(cfg: Config) -> str:
    """Return what a config lets neck and heads keep.

    Args:
        cfg (Config): A complete config.

    Returns:
        str: The ``memory`` of its ``LeanHeadsHook``, 'plain' without one.
    """
    for hook in cfg.get('custom_hooks') or ():
        kind = hook.get('type')
        name = kind if isinstance(kind, str) else kind.__name__
        if name.split('.')[-1] == 'LeanHeadsHook':
            return hook.get('memory', 'lean')
    return 'plain'


def own_arm(cfg: Config, heads: Optional[str] = None) -> Arm:
    """Return the way in which a config tunes its model.

    Args:
        cfg (Config): A complete config.
        heads (str, optional): What its heads keep instead of what it says.
            Default: None.

    Returns:
        Arm: One of those that are compared, or :data:`AS_GIVEN`, with the
        config's heads.
    """
    return _stock_arm(cfg).with_heads(heads or heads_of(cfg))


def _stock_arm(cfg: Config) -> Arm:
    if is_tuned(cfg):
        tuning = cfg.model.backbone.get('tuning', 'protune')
        memory = cfg.model.backbone.get('memory', 'lean')
        for arm in (FINETUNE, HEAD, *PROTUNE):
            # Without prompts there is nothing to choose.
            if arm.tuning == tuning and (arm.memory == memory
                                         or arm not in PROTUNE):
                return arm
    return AS_GIVEN


def compared_arms(heads: str = 'plain') -> List[Arm]:
    """Return the ways that are compared.

    Args:
        heads (str): What neck and heads keep with Pro-tuning; the others are
            what it is compared with. Default: 'plain'.

    Returns:
        list[Arm]: Fine-tuning is the first.
    """
    return [FINETUNE, HEAD, *(arm.with_heads(heads) for arm in PROTUNE)]


def arms_of(cfg: Config, heads: Optional[str] = None) -> List[Arm]:
    """Return the ways in which a config's model can be tuned.

    Args:
        cfg (Config): A complete config.
        heads (str, optional): What neck and heads keep with Pro-tuning.
            Default: None, which means what the config says.

    Returns:
        list[Arm]: The config's own is one of them; the only one if the
        backbone is not one of ours.
    """
    own = own_arm(cfg, heads)
    arms = compared_arms(heads or heads_of(cfg)) if is_tuned(cfg) else []
    return arms if own in arms else [own, *arms]


def arm_config(cfg: Config, arm: Arm) -> dict:
    """Return the config of a model without weights, tuned in one way.

    Args:
        cfg (Config): A complete config.
        arm (Arm): The way.

    Returns:
        dict: What the registry builds.
    """
    model = cfg.model.copy()
    backbone = model.backbone.copy()
    backbone.init_cfg = None
    if backbone.get('pretrained'):  # some libraries load while they build
        backbone.pretrained = False
    if is_tuned(cfg):
        backbone.random_frozen = True
        if arm.tuning is not None:
            backbone.tuning = arm.tuning
        if arm.memory is not None:
            backbone.memory = arm.memory
    model.backbone = backbone
    model.init_cfg = None
    if model.get('pretrained'):
        model.pretrained = None
    return model


def _build(cfg: Config, part: dict) -> nn.Module:
    scope = cfg.get('default_scope', 'mmengine')
    with DefaultScope.overwrite_default_scope(scope), \
            redirect_stdout(StringIO()):  # messages of the hosts
        return MODELS.build(part).train()


def build_arm(cfg: Config, arm: Arm = AS_GIVEN) -> nn.Module:
    """Build the model of a config, tuned in one way, without weights.

    Args:
        cfg (Config): A complete config.
        arm (Arm): The way. Default: as the config says.

    Returns:
        nn.Module: The model, in training mode.
    """
    model = arm_config(cfg, arm)
    if cfg.get('data_preprocessor'):  # as a runner does
        model.setdefault('data_preprocessor', cfg.data_preprocessor)
    built = _build(cfg, model)
    recompute_heads(built, arm.heads)
    return built


def build_backbone(cfg: Config, arm: Arm) -> nn.Module:
    """Build the backbone of a config's model, tuned in one way.

    Args:
        cfg (Config): A complete config.
        arm (Arm): The way.

    Returns:
        nn.Module: The backbone, in training mode.
    """
    return _build(cfg, arm_config(cfg, arm).backbone)
