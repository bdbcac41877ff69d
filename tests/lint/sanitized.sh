#!/bin/sh
# The unit tests, the simulated world, the recordings and the fuzz corpora once more, and the server
# role under probes, built with AddressSanitizer and UndefinedBehaviorSanitizer. No other program is
# started as a daemon, and that one without its filter: a sanitiser needs calls that it forbids.
# Usage: sanitized.sh BUILD SOURCE_ROOT
set -eu
cmake -S "$2" -B "$1" -G Ninja -DMERIDIAN_SANITIZE=ON >"$1.log" 2>&1 || { cat "$1.log"; exit 1; }
ninja -C "$1" >"$1.log" 2>&1 || { tail -n 40 "$1.log"; exit 1; }
exec ctest --test-dir "$1" -j "$(nproc)" --output-on-failure --no-tests=error
