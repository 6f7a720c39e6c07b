#!/usr/bin/env bash
# A picture of a program's window.
#   tests/window/shot.sh PID FILE.png
set -euo pipefail
window="$(timeout 30 xdotool search --sync --onlyvisible --pid "$1" --name . | tail -1)"
import -window "$window" "$2"
