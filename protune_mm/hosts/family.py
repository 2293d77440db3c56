"""What has to be known of a family of backbones, as data."""
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from torch import Tensor, nn

Paths = Sequence[str]


def none(*args) -> Tuple:
    """Return nothing, whatever is asked."""
    return ()


def quarters(number: int) -> List[int]:
    """Return which of so many layers end the quarters of them.

    Args:
        number (int): How many layers there are.

    Returns:
        list[int]: Counted from 0; a quarter of less than a layer ends
        nowhere.
    """
    ends = dict.fromkeys(number * i // 4 - 1 for i in range(1, 5))
    return [end for end in ends if end >= 0]


def plain_block(backbone: nn.Module) -> dict:
    """Return the prompt block as it is."""
    return dict(type='PromptBlock')


@dataclass(frozen=True)
class TokenPath:
    """How tokens travel through a transformer.

    Args:
        blocks (Callable): Of a backbone, the paths of the blocks that reach
            an output, in order, and their channels.
        extra (Callable): Of a backbone, the number of tokens before the
            patches, such as a class token.
        check (Callable): Takes a backbone and what its head shall see (None
            means the family's choice), raises if that cannot be, and returns
            the choice.
        open (Callable): Takes a backbone, what its head shall see, and the
            number of prompts, and makes way for prompts.
    """
    blocks: Callable[[nn.Module], List[Tuple[str, int]]]
    extra: Callable[[nn.Module], int]
    check: Callable[[nn.Module, Optional[str]], str]
    open: Callable[[nn.Module, str, int], None]


@dataclass(frozen=True)
class Family:
    """A family of backbones: where things are, by functions of a backbone.

    All are named functions, because a family is pickled with its backbone.

    Args:
        name (str): What messages call it.
        stages (Callable, optional): Of a backbone, the path of the module
            that ends each stage which reaches an output. Default: None, which
            means that it is not known.
        merged (Callable, optional): The same, behind the patch merging that
            follows a stage. Default: None, which means there is none.
        merges (Callable, optional): Of a backbone, whether its stages end
            there unless one says otherwise. Default: None.
        first (Sequence[str]): What gets prompts before the stages.
            Default: ().
        maps (Callable): Of a backbone, channels by the path of every module
            that returns a map which reaches an output, in the order of
            computation. Default: none is known, so that an image is sent
            through.
        block_cfg (Callable): Of a backbone, the prompt block that suits it.
            Default: the block as it is.
        output_norms (Callable): Of a backbone, norms of outputs, which train
            behind changed maps. Default: none.
        new_norms (Callable): Of a backbone, norms that no pre-training
            holds. Default: none.
        last_modules (Callable, optional): Of a backbone and a number, 1 or 2,
            the last modules, which partial fine-tuning trains. Default: None,
            which means that they are not known.
        blocks (Callable, optional): Of a backbone, the paths of the parts
            that run again in backward where memory is scarce. Default: None,
            which means that they are found by their repetition.
        convolutions (Callable): Of a backbone, the paths of the 3 x 3
            convolutions of its blocks. Default: none is known.
        channels_last (bool): Whether it computes the same, and on a CPU
            quicker, from maps in ``torch.channels_last``. Default: False.
        norms_first (bool): Whether its blocks norm what they get and add
            what comes of it, as those of a ViT. Default: False, which means
            that an image tells.
        unused (Callable): Of a backbone, the paths of what is behind its
            last output. Default: nothing.
        grid (str, optional): Path of the module that returns tokens with
            their (H, W), if later ones return tokens alone. Default: None.
        tokens (TokenPath, optional): How tokens travel. Default: None, which
            means that there are none.
        chain (Callable): Of a backbone, the paths of the modules through
            which an image goes first, each of which takes what the one
            before it returns, up to the first that is an output.
            Default: none is known.
        derived (Callable): Of a backbone, the names of entries that follow
            from its arguments, which the host takes out of checkpoints.
            Default: none.
        check (Callable): Raises if the arguments of a backbone do not fit.
            Default: all do.
        refuse (Callable): Takes a backbone, a checkpoint's entries and their
            prefix and raises if they are not to be loaded. Default: never.
        convert (Callable): Takes the same and renames what comes from other
            libraries, in place. Default: nothing.
        explain (Callable, optional): Takes a backbone and an error of the
            host's own loading and returns a sentence, or None if it is not
            known. Default: None.
    """
    name: str
    stages: Optional[Callable[[nn.Module], Paths]] = None
    merged: Optional[Callable[[nn.Module], Paths]] = None
    merges: Optional[Callable[[nn.Module], bool]] = None
    first: Paths = ()
    maps: Callable[[nn.Module], Dict[str, int]] = none
    block_cfg: Callable[[nn.Module], dict] = plain_block
    output_norms: Callable[[nn.Module], Paths] = none
    new_norms: Callable[[nn.Module], Paths] = none
    last_modules: Optional[Callable[[nn.Module, int], Paths]] = None
    blocks: Optional[Callable[[nn.Module], Paths]] = None
    convolutions: Callable[[nn.Module], Paths] = none
    channels_last: bool = False
    norms_first: bool = False
    unused: Callable[[nn.Module], Paths] = none
    grid: Optional[str] = None
    tokens: Optional[TokenPath] = None
    chain: Callable[[nn.Module], Paths] = none
    derived: Callable[[nn.Module], Sequence[str]] = none
    check: Callable[[nn.Module], None] = none
    refuse: Callable[[nn.Module, Dict[str, Tensor], str], None] = none
    convert: Callable[[nn.Module, Dict[str, Tensor], str], None] = none
    explain: Optional[Callable[[nn.Module, Exception], Optional[str]]] = None
