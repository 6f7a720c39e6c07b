#!/usr/bin/env bash
# Whether a program does nothing while nothing happens: at most one tick (a hundredth of a second) of processor time.
# What a slow machine still has to do after its first picture is waited for: one quiet span of three is enough, and a
# program that repaints or polls has none.
#   tests/window/idle.sh PID [SECONDS]
set -euo pipefail
pid="$1" seconds="${2:-10}"
# Fields 14 and 15; the name before them may hold blanks.
ticks() { sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }'; }
for _ in 1 2 3; do
  before="$(ticks)"
  sleep "$seconds"
  used=$(($(ticks) - before))
  echo "$used ticks in $seconds s"
  if [ "$used" -le 1 ]; then exit; fi
done
exit 1
