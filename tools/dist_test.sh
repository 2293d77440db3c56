#!/usr/bin/env bash
# Test with several processes on one or more machines:
#   tools/dist_test.sh CONFIG CHECKPOINT GPUS [arguments of tools/test.py]
# Without GPUs the processes run on the CPU.
set -euo pipefail
CONFIG=$1
CHECKPOINT=$2
GPUS=$3
export PYTHONPATH="$(dirname "$0")/..:${PYTHONPATH:-}"
exec python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" --nproc_per_node="$GPUS" \
    "$(dirname "$0")/test.py" "$CONFIG" "$CHECKPOINT" --launcher pytorch \
    "${@:4}"
