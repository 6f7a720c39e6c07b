#!/usr/bin/env bash
# `asw schedule` on a real systemd user instance, also in a container that was not booted with systemd: in mount namespaces of its
# own, with its own control groups, bus and keyring, all of which end with it. Needs root, and of Debian: dbus-user-session,
# gnome-keyring, jq, systemd.
#   tests/schedule/systemd.sh target/debug/asw
set -euo pipefail

if [ "${1:-}" != --inside ]; then
  asw="$(realpath "$1")"
  exec unshare --mount --propagation private "$(realpath "${BASH_SOURCE[0]}")" --inside "$asw"
fi
asw="$2"
work="$(mktemp -d)"
instance= lab=
end() {
  for each in $instance $lab; do kill "$each" 2>/dev/null && wait "$each" || true; done
  rm -rf "$work"
}
trap end EXIT

# What an instance looks for before it starts: control groups to write to, and a system that says it was booted by systemd.
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t tmpfs none /sys/fs/cgroup
mkdir /sys/fs/cgroup/systemd /sys/fs/cgroup/unified
mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
mkdir -p /run/systemd
mount -t tmpfs none /run/systemd
mkdir /run/systemd/system

# A home whose path has in it what systemd gives a meaning to.
export HOME="$work/a b%h \$HOME" XDG_RUNTIME_DIR="$work/run"
unset XDG_CONFIG_HOME XDG_DATA_HOME ASW_DATA_DIR DBUS_SESSION_BUS_ADDRESS
mkdir -m 700 "$HOME" "$XDG_RUNTIME_DIR"
/lib/systemd/systemd --user &
instance=$!
until [ -S "$XDG_RUNTIME_DIR/systemd/private" ]; do
  kill -0 "$instance" 2>/dev/null || { echo "systemd --user does not start here" >&2; exit 1; }
  sleep 0.1
done
systemctl --user start dbus.socket
export DBUS_SESSION_BUS_ADDRESS="unix:path=$XDG_RUNTIME_DIR/bus"
systemctl --user set-environment DBUS_SESSION_BUS_ADDRESS="$DBUS_SESSION_BUS_ADDRESS"
printf '\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1

mkfifo "$work/stdin"
"$asw" --json lab --devices 400 --collections 14 <"$work/stdin" >"$work/lab.json" &
lab=$!
exec 7>"$work/stdin"
until [ -s "$work/lab.json" ]; do sleep 0.1; done
jq -c '{client_secret: (.apps[] | select(.label == "workspace-contributor") | .secret), site_password: .site.password}' \
  "$work/lab.json" >"$work/secrets"
setup="$(jq -r '.setup_files["workspace-contributor"]' "$work/lab.json")"

is() { [ "$2" = "$3" ] || { echo "$1: $2 and not $3" >&2; exit 1; }; echo "$1: $2"; }
asw() { "$asw" --json "$@"; }
units() { find "$HOME/.config/systemd/user" -name 'azure-services-wizard-*' -not -type d | wc -l; }

asw --secrets-stdin connect --file "$setup" <"$work/secrets" >/dev/null 2>&1
installed="$(asw schedule install)"
is "installed" "$(jq .schedule.installed <<<"$installed")" true
is "the first run published" "$(jq .schedule.last.exit <<<"$installed")" 0
next="$(date -d "$(jq -r .schedule.next <<<"$installed")" +%s)"
is "the next one is due within three hours and ten minutes" "$((next > $(date +%s) && next <= $(date +%s) + 11400))" 1
is "with another time it is the same schedule" "$(asw schedule install --every 24h | jq .schedule.name)" "$(jq .schedule.name <<<"$installed")"
is "service, timer, and what enables it" "$(units)" 3
is "removed" "$(asw schedule remove | jq .removed)" true
is "nothing is left" "$(units)" 0
is "there is none to remove" "$(asw schedule remove | jq .removed)" false

# The keyring is out of reach where the schedule runs, though not from here: that is found out, and nothing is left.
systemctl --user set-environment DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere
refused="$(asw schedule install || true)"
is "refused" "$(jq -r .error.code <<<"$refused")" schedule_failed
jq -r .error.message <<<"$refused"
is "nothing is left" "$(units)" 0
is "no failed unit is left" "$(systemctl --user list-units --all --no-legend 'azure-services-wizard-*' | wc -l)" 0
exec 7>&-
