#!/usr/bin/env bash
# Makes the trainer's virtual environment outside the repository, once for each requirements.txt, and prints where it is.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/understudy"
venv="${UNDERSTUDY_LIGHTGBM_VENV:-$cache/lightgbm-trainer-$(cksum <"$here/requirements.txt" | cut -d' ' -f1)}"

if [ ! -f "$venv/complete" ]; then
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { echo "the LightGBM trainer needs Python 3.11 or newer, found $(python3 --version 2>&1)" >&2; exit 1; }
  # The mark comes last, so that an interrupted install is never taken for a finished one.
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" >&2
  touch "$venv/complete"
fi
echo "$venv"
