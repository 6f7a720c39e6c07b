#!/usr/bin/env bash
# Whether a program does nothing while nothing happens: at most one tick (a hundredth of a second) of processor time.
#   tests/window/idle.sh PID [SECONDS]
set -euo pipefail
pid="$1" seconds="${2:-10}"
# Fields 14 and 15; the name before them may hold blanks.
ticks() { sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }'; }
before="$(ticks)"
sleep "$seconds"
used=$(($(ticks) - before))
echo "$used ticks in $seconds s"
[ "$used" -le 1 ]
