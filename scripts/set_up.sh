# set_up: what scripts/run and scripts/test share: the packages, the configuration, the build. Sourced by bash.
#
# Messages go to stderr, so that stdout belongs to the program that is run in the end. What tools say goes to a log
# below build/ and is shown only when they fail. Nothing here needs a terminal, an input or a locale.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }
give_up() { say "$@"; exit 2; }

# "3 min 05 s" since $1, a value of $SECONDS.
since() {
    local s=$((SECONDS - $1))
    if ((s < 60)); then printf '%d s' "$s"; else printf '%d min %02d s' $((s / 60)) $((s % 60)); fi
}

# quietly LOG COMMAND...: runs it; on failure shows the end of what it said.
quietly() {
    local log=$1
    shift
    "$@" </dev/null >"$log" 2>&1 && return
    tail -n 30 "$log" >&2
    return 1
}

# The packages of the given groups that are not installed, one a line.
missing_packages() {
    local groups=" $* " group name wanted=()
    while read -r group name; do
        [[ $groups == *" $group "* ]] && wanted+=("$name")
    done < <(grep -v '^#' "$root/scripts/packages")
    local installed
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
    for name in "${wanted[@]}"; do
        grep -qxF "$name installed" <<<"$installed" || printf '%s\n' "$name"
    done
}

# need_packages GROUP...: installs what is missing, or says exactly what to do and ends with 2.
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "This is no Debian system, so its packages are not looked at; scripts/packages lists what is needed."
        return
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0

    local as_root=()
    if ((EUID != 0)); then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            as_root=(sudo -n)
        elif command -v sudo >/dev/null && [[ -t 0 && -t 2 ]]; then
            as_root=(sudo) # asks for the password
        else
            say "${#missing[@]} Debian packages are missing, and installing them needs root. As root, run:"
            say ""
            say "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
            say ""
            give_up "and then this command again."
        fi
    fi

    mkdir -p "$root/build"
    local start=$SECONDS
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    # A second apt may be at work on a machine that has just started: wait for its lock.
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    if ! quietly "$root/build/apt.log" "${as_root[@]}" "${apt[@]}" update ||
        ! quietly "$root/build/apt.log" "${as_root[@]}" "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
    then
        local system
        system=$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release 2>/dev/null || true)
        give_up "apt-get could not install them. The names are those of Debian 12; this is ${system:-another system}."
    fi
    say "Installed in $(since "$start")."
}

# One compiler for each core, but no more than the memory holds: the largest sources take 0.8 GB.
build_jobs() {
    local cores gigabytes
    cores=$(nproc)
    gigabytes=$(awk '/^MemAvailable:/ { print int($2 / 1000000) }' /proc/meminfo 2>/dev/null || true)
    if [[ $gigabytes =~ ^[0-9]+$ ]] && ((gigabytes < cores)); then cores=$((gigabytes > 1 ? gigabytes : 1)); fi
    printf '%s' "$cores"
}

# Ninja's status on a terminal; elsewhere a line for each quarter, and whatever a compiler has to say.
show_progress() {
    local line last=0 quarter
    while IFS= read -r line; do
        if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
            quarter=$((4 * BASH_REMATCH[1] / BASH_REMATCH[2]))
            if ((quarter > last)); then say "  ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"; fi
            last=$quarter
        elif [[ $line != "ninja: "[En]* ]]; then # "Entering directory", "no work to do"
            say "$line"
        fi
    done
}

# build PRESET TARGET...: configures and builds in build/PRESET. Ends with 2 when that is impossible.
build() {
    local preset=$1 start=$SECONDS jobs
    shift
    local folder=$root/build/$preset
    mkdir -p "$folder"
    local fresh=()
    # A checkout that was moved or copied with its build folder: CMake refuses the old cache.
    if [[ -f $folder/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
        fresh=(--fresh)
    fi
    quietly "$folder/configure.log" cmake --preset "$preset" -S "$root" "${fresh[@]}" ||
        give_up "CMake could not configure the preset '$preset' (build/$preset/configure.log)."

    jobs=$(build_jobs)
    say "Building '$preset' with $jobs compilers at a time ..."
    # On a terminal ninja rewrites its one line of status by itself.
    local ninja=(ninja -C "$folder" -j "$jobs" "$@")
    if [[ -t 2 && ${TERM:-dumb} != dumb ]]; then
        "${ninja[@]}" </dev/null >&2 || give_up "The build of '$preset' failed."
    else
        "${ninja[@]}" </dev/null 2>&1 | show_progress || give_up "The build of '$preset' failed."
    fi
    say "Built in $(since "$start")."
}
