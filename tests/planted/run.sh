#!/usr/bin/env bash
# Does the fault bench find what it is there for? Plants one bug at a time into a copy of the tree, builds it, runs the bench and
# demands that it goes wrong for the reason that the patch gives; the copy without a bug must pass.
#
#   tests/planted/run.sh [BUG...]         all of tests/planted/*.patch, or only these
#
# SEEDS=60      schedules at most for each bug; a run stops at the first wrong one
# PROFILE=dev   Cargo profile
#
# The copy lies in the target folder (CARGO_TARGET_DIR, else target), whose dependencies it shares. Nothing else may build there
# meanwhile. Exit code 1 where a bug was not found, the clean tree was not clean, or a patch does not apply any more.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
seeds=${SEEDS:-60}
profile=${PROFILE:-dev}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
tree=$CARGO_TARGET_DIR/planted
log=$CARGO_TARGET_DIR/planted.log
failed=0

complain() {
    echo "NOT AS IT SHOULD BE: $*" >&2
    failed=1
}

# A copy of what belongs to the project, with new times so that nothing passes for built.
rm -rf "$tree"
mkdir -p "$tree"
git -C "$root" ls-files -z --cached --others --exclude-standard | tar -C "$root" --null -T - -c | tar -C "$tree" -x -m

# Builds the copy and runs the bench on it; the exit code is the bench's, or 125 where it does not build.
bench() {
    (
        cd "$tree"
        cargo bench --locked --profile "$profile" --bench faults --no-run >"$log" 2>&1 || exit 125
        cargo bench --locked --profile "$profile" --bench faults -- "$seeds" --first >"$log" 2>&1
    )
}

# One bug: planted, found, taken away.
plant() {
    local patch=$1 name reason code=0 found
    name=$(basename "$patch" .patch)
    reason=$(sed -n 's/^Seen as: //p' "$patch")
    if ! (cd "$tree" && patch -p0 -F0 --dry-run <"$patch" >/dev/null); then
        complain "the patch of \"$name\" does not apply any more: plant the bug anew in today's code ($patch)"
        return
    fi
    (cd "$tree" && patch -p0 -F0 --no-backup-if-mismatch <"$patch" >/dev/null)
    bench || code=$?
    (cd "$tree" && patch -p0 -F0 -R --no-backup-if-mismatch <"$patch" >/dev/null)
    found=$(grep -m 1 '^WRONG: ' "$log" || true)
    if [ "$code" = 125 ]; then
        complain "\"$name\" does not build: $(grep -m 1 '^error' "$log")"
    elif [ "$code" = 0 ]; then
        complain "\"$name\" was not found in $seeds schedules"
    elif ! grep -Eq -- "$reason" <<<"$found"; then
        complain "\"$name\" was found for another reason: ${found:-$(tail -n 3 "$log")}"
    else
        echo "found: $name: ${found#WRONG: }"
    fi
}

patches=("$here"/*.patch)
if [ $# -gt 0 ]; then
    patches=("${@/#/$here/}")
    patches=("${patches[@]/%/.patch}")
else
    echo "without a bug: $seeds schedules"
    code=0
    bench || code=$?
    [ "$code" = 0 ] || complain "the tree without a planted bug does not pass: $(grep -m 1 -E '^WRONG|^error' "$log")"
fi
for patch in "${patches[@]}"; do
    plant "$patch"
done
exit "$failed"
