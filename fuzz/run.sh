#!/bin/sh
# Runs fuzz targets for a while each, some at a time, and tells what they executed and found.
#
#     fuzz/seed.py samples ../shared/data/torture && fuzz/build.sh
#     fuzz/run.sh SECONDS JOBS LOGS [TARGET...]
#
# A target that finds something goes on with the rest of its time; what it found stays in LOGS/TARGET-*.
# The exit code is 1 when anything was found.
set -eu
seconds=$1 jobs=$2 logs=$3
shift 3
cd "$(dirname "$0")"
mkdir -p "$logs"
logs=$(cd "$logs" && pwd)
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
programs=${CARGO_TARGET_DIR:-target}/$host/release
[ $# -gt 0 ] || set -- $(basename -s .rs fuzz_targets/*.rs)

cat > "$logs/one.sh" <<'ONE'
seconds=$1 logs=$2 programs=$3 target=$4
end=$(($(date +%s) + seconds))
case $target in
    check | whole_file | zip_open) longest=32768 ;;
    amounts | number_format | relation) longest=512 ;;
    *) longest=8192 ;;
esac
mkdir -p "corpus/$target"
rm -f "$logs/$target.log"
while left=$((end - $(date +%s))) && [ "$left" -gt 0 ]; do
    # Idle scheduling: fuzzing takes what others leave.
    chrt -i 0 "$programs/$target" "corpus/$target" -max_total_time="$left" -max_len="$longest" \
        -rss_limit_mb=900 -timeout=60 -print_final_stats=1 -artifact_prefix="$logs/$target-" \
        >> "$logs/$target.log" 2>&1 || sleep 1
done
ONE

# A run that ends with a finding prints its number of executions too.
printf '%s\n' "$@" | xargs -P "$jobs" -n 1 sh "$logs/one.sh" "$seconds" "$logs" "$programs"
status=0
for target in "$@"; do
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$target.log" | awk '{ sum += $1 } END { print sum + 0 }')
    peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$logs/$target.log" | sort -n | tail -1)
    found=$(find "$logs" -name "$target-crash-*" -o -name "$target-timeout-*" -o -name "$target-oom-*" -o -name "$target-leak-*" | wc -l)
    echo "$target: $executions executions, peak ${peak:-?} MiB, $found found"
    [ "$found" = 0 ] || status=1
done
exit $status
