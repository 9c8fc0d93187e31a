#!/usr/bin/env bash
# Installs what is missing, then runs the trainer on its task queue until it is told to stop.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
venv="$("$here/install.sh")"
exec "$venv/bin/python" -B "$here/worker.py" "$@"
