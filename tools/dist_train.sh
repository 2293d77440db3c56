#!/usr/bin/env bash
# Train with several processes on one or more machines:
#   tools/dist_train.sh CONFIG GPUS [arguments of tools/train.py]
# Without GPUs the processes run on the CPU.
set -euo pipefail
CONFIG=$1
GPUS=$2
export PYTHONPATH="$(dirname "$0")/..:${PYTHONPATH:-}"
exec python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" --nproc_per_node="$GPUS" \
    "$(dirname "$0")/train.py" "$CONFIG" --launcher pytorch "${@:3}"
