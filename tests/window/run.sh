#!/usr/bin/env bash
# The real window on a real screen: what tests without a display cannot see. Needs the packages that .ci/run names.
#   tests/window/run.sh [PROGRAM]
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
fail() { echo "FAILED: $*" >&2; exit 1; }
say() { printf '   [%3ss] %s\n' "$SECONDS" "$*"; }

if [ "${1:-}" != --inside ] && [ "${1:-}" != --astray ]; then
  program="$(realpath "${1:-$here/../../target/debug/azure-services-wizard}")"
  say "without a screen: a plain sentence"
  code=0
  words="$(env -u DISPLAY -u WAYLAND_DISPLAY -u WAYLAND_SOCKET "$program" --lab 2>&1)" || code=$?
  [ "$code" = 1 ] || fail "exit code $code"
  grep -q 'no screen' <<<"$words" && grep -q 'asw --help' <<<"$words" || fail "$words"
  ! grep -qi 'panic' <<<"$words" || fail "$words"
  ASW_SECONDS="$SECONDS" "$here/start.sh" bash "${BASH_SOURCE[0]}" --inside "$program"
  # Openbox brings such a window back by itself; not all do.
  ASW_SECONDS="$SECONDS" ASW_WINDOW_MANAGER=none "$here/start.sh" bash "${BASH_SOURCE[0]}" --astray "$program"
  say "done"
  exit
fi

part="$1" program="$2" SECONDS="${ASW_SECONDS:-0}"
folder="$(mktemp -d)"
data="$folder/data"
trap 'kill ${pid:-} ${other:-} 2>/dev/null || true; rm -rf "$folder"' EXIT

# Starts the program; sets `pid` and `window`.
open_window() {
  "$program" --data-dir "$data" "$@" >"$folder/said" 2>&1 &
  pid=$!
  window="$(timeout 30 xdotool search --sync --onlyvisible --pid "$pid" --name 'Azure Services Wizard' | tail -1)" ||
    fail "no window: $(cat "$folder/said")"
  if [ "$part" = --inside ]; then xdotool windowactivate --sync "$window"; fi
}
# Closes the window as its close button does, by way of the window manager; the program must end well.
close_window() {
  xdotool windowactivate --sync "$window" key alt+F4
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  ! kill -0 "$pid" 2>/dev/null || fail "the window does not close"
  wait "$pid" || fail "exit code $? : $(cat "$folder/said")"
  pid=
}
# Position and size of what is inside the frame.
geometry() { xdotool getwindowgeometry --shell "$window" | grep -E '^(X|Y|WIDTH|HEIGHT)=' | paste -sd' '; }
# Waits for something to hold.
until_that() { for _ in $(seq 100); do if "$@"; then return; fi; sleep 0.1; done; fail "never came: $*"; }
is_active() { [ "$(xdotool getactivewindow 2>/dev/null)" = "$window" ]; }
is_inactive() { ! is_active; }

if [ "$part" = --astray ]; then
  say "a place on a screen that is gone is not kept"
  mkdir -p "$data"
  printf '{"size":[900.0,620.0],"position":[5000.0,300.0],"maximized":false}' >"$data/window-state.json"
  open_window
  is_on_screen() { [ "$(geometry)" = "X=0 Y=0 WIDTH=900 HEIGHT=620" ]; }
  until_that is_on_screen
  exit
fi

say "home on the lab, as a screen reader gets it"
open_window --lab --devices 400 --collections 14
/usr/bin/python3 "$here/tree.py" "$pid" --expect 'Configure Azure Services…' >"$folder/home.tree" || { cat "$folder/home.tree"; fail "home"; }
say "nothing happens: nothing is done"
sleep 1
"$here/idle.sh" "$pid" 10 || fail "not idle at home"
say "the first page of the wizard"
/usr/bin/python3 "$here/tree.py" "$pid" --press 'Configure Azure Services…' --expect 'General' >"$folder/general.tree" ||
  { cat "$folder/general.tree"; fail "General"; }

say "a later start raises the window"
xdotool windowminimize "$window"
until_that is_inactive
said="$("$program" --data-dir "$data")" || fail "the later start: exit code $?"
grep -q 'brought to the front' <<<"$said" || fail "the later start said: $said"
until_that is_active

say "size and place are remembered"
xdotool windowsize --sync "$window" 980 700
xdotool windowmove "$window" 140 90
sleep 1
before="$(geometry)"
close_window
open_window
after="$(geometry)"
[ "$before" = "$after" ] || fail "closed at $before, opened at $after"

say "a killed window is no obstacle"
kill -9 "$pid"; wait "$pid" 2>/dev/null || true
open_window
close_window
