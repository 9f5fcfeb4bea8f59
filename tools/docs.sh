#!/bin/bash
# Pages of the public headers, the guides and the formats, in build/docs/html. Any warning of Doxygen fails, but for what is
# left without a comment on purpose: fields and values whose name says it all, comparisons, what only repeats a struct (the
# typedefs and INIT macros of C).
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf build/docs
mkdir -p build/docs
log=build/docs/warnings.log
doxygen docs/Doxyfile 2>"$log" || { cat "$log"; exit 1; }
exempt='\((variable|enumvalue)\) of .* is not documented|Member operator==.* is not documented'
exempt+='|_INIT \(macro definition\) of .* is not documented|Member kompakt_[a-z0-9_]+ \(typedef\) of .* is not documented'
if grep -vE "$exempt" "$log"; then
  exit 1
fi
echo "docs: build/docs/html/index.html"
