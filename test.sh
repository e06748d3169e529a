#!/usr/bin/env bash
# Installs what the tests need, builds everything, runs every test and prints the counts; the last line is "N passed, N failed".
#   ./test.sh            all tests, fuzzing 5 s each
#   ./test.sh --long     the same with long fuzzing, long kill and crash rounds
#   ./test.sh --filter X only test classes whose full name matches X (a wildcard pattern)
set -euo pipefail
cd "$(dirname "$0")"

filter=()
# Nothing that is measured: a run that takes longer hangs.
limit=45m
while [ $# -gt 0 ]; do
  case "$1" in
    --long) export PYRO_LONG=1 PYRO_FUZZ_SECONDS=60; limit=12h ;;
    --filter) filter=(--filter-class "$2"); shift ;;
    *) echo "usage: ./test.sh [--long] [--filter PATTERN]" >&2; exit 2 ;;
  esac
  shift
done

say() { printf '\n== %s\n' "$*"; }

say "tools"
need() { command -v "$1" >/dev/null 2>&1; }
missing=()
need chromium || missing+=(chromium)
need strace || missing+=(strace)
need curl || missing+=(curl)
[ -x /usr/bin/aws ] || missing+=(awscli)
need s3cmd || missing+=(s3cmd)
need rclone || missing+=(rclone)
if [ ${#missing[@]} -gt 0 ]; then
  root=(); [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" apt-get update -q
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
need dotnet || { echo "The .NET SDK 10 is needed: https://dot.net" >&2; exit 1; }
need node || { echo "Node 20.19 or later is needed: https://nodejs.org" >&2; exit 1; }
(cd Pyro.Tests/Peers/node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)

say "build"
dotnet build Pyro.sln -c Release --nologo -v quiet

say "tests"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
timeout --foreground -k 10 "$limit" Pyro.Tests/bin/Release/net10.0/Pyro.Tests --no-ansi --progress off --output Normal "${filter[@]}" 2>&1 | tee "$log" || status=$?

[ "$status" != 124 ] && [ "$status" != 137 ] || echo "the tests did not end within $limit" >&2

count() { sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" "$log" | tail -n 1; }
passed=$(count succeeded) failed=$(count failed) skipped=$(count skipped)
if [ "${skipped:-0}" != 0 ]; then echo "$skipped skipped: a skipped test is a defect" >&2; status=1; fi
if [ "${passed:-0}" = 0 ] && [ "$status" = 0 ]; then status=1; fi
# Once more at the end, where a reader of a long log looks: what failed, and the beginning of its reason.
awk '/^failed / { left = 12; print ""; print; next } /^[^ ]/ { left = 0 } left > 0 { print substr($0, 1, 600); left-- }' "$log"
echo "${passed:-0} passed, ${failed:-0} failed"
exit "$status"
