"""An optimizer that never sees a frozen parameter."""
from typing import List, Optional, Union

from mmengine.optim import DefaultOptimWrapperConstructor, OptimWrapper
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIMIZERS
from torch import nn

from protune_mm.errors import UserError


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class TrainedParamsConstructor(DefaultOptimWrapperConstructor):
    """mmengine's default constructor, without the frozen parameters.

    The default one hands them to the optimizer, or, with a ``paramwise_cfg``,
    warns about each. Takes the same arguments.
    """

    def add_params(self,
                   params: List[dict],
                   module: nn.Module,
                   prefix: str = '',
                   is_dcn_module: Optional[Union[int, float]] = None) -> None:
        """Add a module's parameters, passing frozen modules by in silence.

        Args:
            params (list[dict]): Parameter groups, extended in place.
            module (nn.Module): The module.
            prefix (str): Its path. Default: ''.
            is_dcn_module (int | float, optional): Whether the parent is a
                deformable convolution. Default: None.
        """
        if any(p.requires_grad for p in module.parameters()):
            super().add_params(params, module, prefix, is_dcn_module)

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the optimizer wrapper.

        Args:
            model (nn.Module): The model, with its frozen parts frozen.

        Returns:
            OptimWrapper: It holds the trained parameters only.

        Raises:
            UserError: If there is no such optimizer.
        """
        kind = self.optimizer_cfg['type']
        with OPTIMIZERS.switch_scope_and_registry(None) as registry:
            if isinstance(kind, str) and registry.get(kind) is None:
                raise UserError(f'There is no optimizer called {kind}: look '
                                'at its spelling, or name the module that '
                                'registers it in custom_imports.')
        wrapper = super().__call__(model)
        groups = wrapper.optimizer.param_groups
        for group in groups:
            group['params'] = [p for p in group['params'] if p.requires_grad]
        groups[:] = [group for group in groups if group['params']]
        return wrapper
