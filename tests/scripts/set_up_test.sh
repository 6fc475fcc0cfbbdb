#!/usr/bin/env bash
# set_up_test: what scripts/set_up.sh does about packages, with a dpkg-query, an apt-get and a sudo of our own.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
world="$(mktemp -d)/a folder"
trap 'rm -rf "${world%/*}"' EXIT
mkdir -p "$world/bin" "$world/project/scripts" "$world/project/build"
chmod 777 "${world%/*}" "$world" "$world/project/build"
cp "$here/../../scripts/set_up.sh" "$world/project/scripts/"
printf '# a comment\nbuild  one\nbuild  two\ntest   three\n' >"$world/project/scripts/packages"

fake() { printf '#!/bin/bash\n%s\n' "$2" >"$world/bin/$1" && chmod 755 "$world/bin/$1"; }
# What is installed is in the file `installed`; what apt-get was asked is in `asked`.
fake dpkg-query '
for name in "${@:4}"; do
    grep -qxF "$name" "${0%/bin/*}/installed" && echo "$name installed" || echo "no packages found matching $name" >&2
done
[[ $* != *missing* ]]'
fake apt-get 'echo "$DEBIAN_FRONTEND $*" >>"${0%/bin/*}/asked"; echo "E: no such network"; exit "$(cat "${0%/bin/*}/apt_status")"'

failures=0
expect() { # expect WHAT IS SHOULD_BE
    if [[ $2 != $3 ]]; then
        printf '%s:\n  is        %s\n  should be %s\n' "$1" "$2" "$3"
        failures=$((failures + 1))
    fi
}
# set_up INSTALLED APT_STATUS GROUP...: runs need_packages as root or, with `as_user` set, as nobody.
set_up() {
    tr ' ' '\n' <<<"$1" >"$world/installed"
    echo "$2" >"$world/apt_status"
    rm -f "$world/project/build/apt.log"
    : >"$world/asked"
    chmod 666 "$world/asked"
    shift 2
    local as=()
    [[ -n ${as_user:-} && $EUID == 0 ]] && as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    status=0
    said=$(cd / && "${as[@]}" env -i PATH="$world/bin:/usr/bin:/bin" bash -c '
        set -euo pipefail
        source "$0/scripts/set_up.sh"
        need_packages "$@"' "$world/project" "$@" </dev/null 2>&1) || status=$?
    asked=$(<"$world/asked")
}

set_up "one two" 0 build
expect "nothing missing: silent" "$status $said $asked" "0  "
set_up "one two" 0 build test
if ((EUID == 0)); then
    expect "root installs what is missing and no more" "$status" 0
    expect "apt-get is asked twice" "$asked" *"noninteractive "*" update"$'\n'"noninteractive "*" install -y --no-install-recommends three"
    expect "and says so" "$said" "Installing 1 Debian packages: three"*"Installed in "*
    set_up "" 100 build
    expect "apt-get fails" "$status" 2
    expect "its words are shown, and ours" "$said" *"E: no such network"*"could not install them"*
    expect "no install without an update" "$asked" *" update"
fi

as_user=yes
set_up "one two three" 0 build test
expect "a user who has everything" "$status $said $asked" "0  "
hidden=
command -v sudo >/dev/null && hidden=yes # a real sudo would be asked; ours answers no
[[ -n $hidden ]] && fake sudo 'exit 1'
set_up "two" 0 build test
expect "a user without sudo" "$status" 2
expect "is told the exact command" "$said" *"apt-get update && apt-get install -y --no-install-recommends one three"*
expect "and nothing is tried" "$asked" ""
fake sudo '[[ $1 == -n ]] && shift; exec "$@"'
set_up "two" 0 build test
expect "a user with a sudo that asks nothing" "$status" 0
expect "installs by it" "$asked" *"install -y --no-install-recommends one three"

((failures == 0)) && echo "all as it should be"
