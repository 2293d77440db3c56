"""Small ViT, BEiT and MAE of mmseg, stock and tuned."""
from mmseg.models.backbones import MAE, BEiT, VisionTransformer

from protune_mm.models import (PromptedBEiT, PromptedMAE, PromptedViT,
                               ProTuneBEiT, ProTuneMAE, ProTuneViT)

SMALL = dict(
    img_size=32,
    patch_size=8,
    embed_dims=32,
    num_layers=4,
    num_heads=4,
    mlp_ratio=2,
    out_indices=(1, 3))
STOCK = dict(ViT=VisionTransformer, BEiT=BEiT, MAE=MAE)
TWINS = dict(ViT=ProTuneViT, BEiT=ProTuneBEiT, MAE=ProTuneMAE)
PROMPTED = dict(ViT=PromptedViT, BEiT=PromptedBEiT, MAE=PromptedMAE)


def stock(name, **arguments):
    return STOCK[name](**{**SMALL, **arguments})


def twin(name, family=TWINS, **arguments):
    return family[name].mmseg(**{**SMALL, **arguments})
