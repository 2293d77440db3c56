"""Trained models as files that run without OpenMMLab."""
from .latency import compare_latency
from .onnx_file import export_onnx
from .trained import load_model, stock_model

__all__ = ['compare_latency', 'export_onnx', 'load_model', 'stock_model']
