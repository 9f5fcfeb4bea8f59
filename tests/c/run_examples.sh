#!/bin/bash
# run_examples.sh COMPRESS_FILE READ_LINES LIST_ARCHIVE: each example does what it says.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
seq 1 50000 > "$folder/numbers"
for suffix in zst gz warp; do
  "$1" "$folder/numbers" "$folder/numbers.$suffix" 2> /dev/null
  "$2" "$folder/numbers.$suffix" > "$folder/said"
  diff "$folder/said" <(echo "50000 lines"; tail -c 100 "$folder/numbers")
done
gzip -dc "$folder/numbers.gz" | cmp - "$folder/numbers"
tar -C "$folder" -czf "$folder/numbers.tar.gz" numbers
diff <("$3" "$folder/numbers.tar.gz") <(printf '%12d numbers\n' "$(stat -c %s "$folder/numbers")")
"$3" "$folder/numbers.tar.gz" numbers | cmp - "$folder/numbers"

# What goes wrong is told, and by the exit status too.
! "$1" "$folder/absent" "$folder/absent.gz" 2> "$folder/said"
grep -q absent "$folder/said"
! "$2" "$folder/numbers" 2> /dev/null
! "$3" "$folder/numbers.tar.gz" absent 2> "$folder/said"
grep -q absent "$folder/said"
