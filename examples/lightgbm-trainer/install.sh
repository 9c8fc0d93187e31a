#!/usr/bin/env bash
# Makes the trainer's virtual environment outside the repository, once for each requirements.txt, and prints where it is.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/understudy"
venv="${UNDERSTUDY_LIGHTGBM_VENV:-$cache/lightgbm-trainer-$(cksum <"$here/requirements.txt" | cut -d' ' -f1)}"

if [ ! -d "$venv" ]; then
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { echo "the LightGBM trainer needs Python 3.11 or newer, found $(python3 --version 2>&1)" >&2; exit 1; }
  # Under another name until it is complete: an interrupted install leaves nothing, and of two at once the first one counts.
  unfinished="$venv.$$"
  trap 'rm -rf "$unfinished"' EXIT
  mkdir -p "$(dirname "$venv")"
  python3 -m venv "$unfinished"
  "$unfinished/bin/python" -m pip install --quiet --disable-pip-version-check --retries 2 --requirement "$here/requirements.txt" >&2
  python3 -c 'import os, sys; os.rename(*sys.argv[1:])' "$unfinished" "$venv" 2>/dev/null || [ -d "$venv" ]
fi
echo "$venv"
