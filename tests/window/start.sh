#!/usr/bin/env bash
# Runs a command on a screen of its own: Xvfb and openbox, a session bus with support for screen readers, an unlocked and empty
# keyring, a home folder that is thrown away. Everything ends with the command, whose exit code is passed on.
#   tests/window/start.sh target/debug/azure-services-wizard --lab
set -euo pipefail

if [ "${1:-}" = --inside ]; then
  shift
  exec >&3 2>&4 3>&- 4>&-
  bus_call() { dbus-send --session --print-reply --dest=org.a11y.Bus /org/a11y/bus "$@" >/dev/null; }
  bus_call org.a11y.Bus.GetAddress
  bus_call org.freedesktop.DBus.Properties.Set string:org.a11y.Status string:IsEnabled variant:boolean:true
  # The line break is the empty password.
  printf '\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
  if [ "${ASW_WINDOW_MANAGER:-openbox}" != none ]; then
    openbox >/dev/null 2>&1 &
    until xprop -root _NET_SUPPORTING_WM_CHECK 2>/dev/null | grep -q 'window id'; do
      # It ends where it comes before the screen takes anybody.
      if ! kill -0 $! 2>/dev/null; then openbox >/dev/null 2>&1 & fi
      sleep 0.1
    done
  fi
  "$@"
  exit
fi

home="$(mktemp -d)"
trap 'if [ -n "${screen:-}" ]; then kill "$screen" 2>/dev/null && wait "$screen" || true; fi; rm -rf "$home"' EXIT
for number in $(seq "${ASW_DISPLAY:-75}" 120); do
  [ -e "/tmp/.X$number-lock" ] && continue
  Xvfb ":$number" -screen 0 "${ASW_SCREEN:-1280x900x24}" -nolisten tcp >/dev/null 2>&1 &
  screen=$!
  for _ in $(seq 50); do
    if DISPLAY=":$number" xprop -root >/dev/null 2>&1; then break 2; fi
    kill -0 "$screen" 2>/dev/null || break
    sleep 0.1
  done
  screen=
done
[ -n "${screen:-}" ] || { echo "no screen could be started" >&2; exit 1; }
export DISPLAY=":$number" HOME="$home" XDG_RUNTIME_DIR="$home" NO_AT_BRIDGE=0
unset WAYLAND_DISPLAY WAYLAND_SOCKET XDG_DATA_HOME XDG_CONFIG_HOME ASW_DATA_DIR
# What the bus and its services say is of no use; the command keeps its own streams.
dbus-run-session -- bash "${BASH_SOURCE[0]}" --inside "$@" 3>&1 4>&2 >/dev/null 2>&1
