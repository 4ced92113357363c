#!/usr/bin/env bash
# Tells Spark which GPUs this machine has, in the form that spark.*.resource.gpu.discoveryScript wants:
#   {"name":"gpu","addresses":["0","1"]}
set -euo pipefail

fail() {
  echo "discover-gpus.sh: $*" >&2
  exit 1
}

command -v nvidia-smi >/dev/null ||
  fail "nvidia-smi not found on PATH; install NVIDIA's driver, or offer no GPUs on this machine"

# Its own message, such as a driver that does not answer, goes through to stderr.
indices=$(nvidia-smi --query-gpu=index --format=csv,noheader) ||
  fail "nvidia-smi failed with status $?; see its message above"

addresses=""
while read -r index; do
  [ -z "$index" ] && continue
  [[ $index =~ ^[0-9]+$ ]] || fail "expected the index of a GPU from nvidia-smi, found '$index'"
  addresses+="${addresses:+,}\"$index\""
done <<<"$indices"

[ -n "$addresses" ] || fail "nvidia-smi lists no GPU; offer none on this machine"
echo "{\"name\":\"gpu\",\"addresses\":[$addresses]}"
