#!/bin/sh
# install.sh FOLDER: @magenta/music and axe-core, as package-lock.json here has them, into FOLDER/node_modules.
#
# Only some tests need it, so nothing fails without it: where there is no node, no npm or no network, FOLDER/why-not.txt
# says so, those tests are skipped with that reason, and the next call tries again. No package's scripts are run.
set -u
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && cd "$1" || exit 0
rm -rf partial why-not.txt

give_up() {
  echo "$1" > why-not.txt
  echo "gen: tests in Node will be skipped: $1" >&2
  exit 0
}

for program in node npm; do
  command -v "$program" > /dev/null || give_up "there is no $program"
done
# asked once, and not for long: npm ci would try each of its packages again and again
npm view @magenta/music version --fetch-retries=0 --fetch-timeout=10000 > npm.log 2>&1 ||
  give_up "npm can't reach its registry; see $PWD/npm.log"

mkdir partial && cp "$here/package.json" "$here/package-lock.json" partial || exit 0
npm ci --prefix partial --ignore-scripts --no-audit --no-fund --fetch-timeout=60000 > npm.log 2>&1 ||
  give_up "npm can't install what package-lock.json has; see $PWD/npm.log"
rm -rf node_modules
mv partial/node_modules node_modules  # whole, or not there at all
cp "$here/package-lock.json" installed.json
rm -rf partial
