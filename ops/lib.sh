# Shared by the scripts in ops/; sourced with bash. Sets ROOT, the checkout's folder.
# shellcheck shell=bash
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly ROOT

say() { echo "ops/$(basename "$0"): $*" >&2; }
# 69: something that is needed is not there.
die() { say "$*"; exit 69; }

# The comment at the head of the calling script, as its help.
help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }
usage() { help >&2; exit 64; }

# build PRESET TARGET...: configures once and builds. The output goes to build/PRESET.log, on a
# terminal the build's progress stays in sight.
build() {
  local preset="$1" log="$ROOT/build/$1.log" status=0
  shift
  mkdir -p "$ROOT/build"
  if [[ ! -f "$ROOT/build/$preset/build.ninja" ]]; then
    (cd "$ROOT" && cmake --preset "$preset") >"$log" 2>&1 || status=$?
  fi
  if ((status == 0)); then
    if [[ -t 1 ]]; then
      (cd "$ROOT" && NINJA_STATUS="[%f/%t] " cmake --build --preset "$preset" --target "$@") || status=$?
    else
      (cd "$ROOT" && cmake --build --preset "$preset" --target "$@") >"$log" 2>&1 || status=$?
    fi
  fi
  if ((status != 0)); then
    [[ -t 1 ]] || tail -n 60 "$log" >&2
    say "the build of $preset failed"
  fi
  return "$status"
}
