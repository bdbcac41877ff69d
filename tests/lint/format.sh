#!/bin/sh
# Is every source file as clang-format writes it? Changes nothing; names the lines that differ.
# Usage: format.sh SOURCE_ROOT
set -eu
cd "$1"
command -v clang-format >/dev/null || { echo "SKIPPED: there is no clang-format here"; exit 77; }
git ls-files '*.cc' '*.h' 2>/dev/null >/dev/null || { echo "SKIPPED: not a git checkout"; exit 77; }
git ls-files -z '*.cc' '*.h' | xargs -0 -n 40 clang-format --dry-run -Werror
