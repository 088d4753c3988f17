# What must be installed, as Debian 12 names it; for ./run and ./check, which source this file.
BUILD_PACKAGES="gcc libc6-dev make autoconf automake pkg-config flex bison libssl-dev
    liburcu-dev libcap-ng-dev libmaxminddb-dev libedit-dev"
RUN_PACKAGES="bind9-dnsutils"
CHECK_PACKAGES="ccache libcunit1-dev clang libclang-rt-dev clang-format python3 python3-dnspython
    bind9 bind9-utils bind9-dnsutils knot nsd yadifa dnsperf procps iproute2"

# missing_packages PACKAGE…: prints those that are not installed.
missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed ||
            printf '%s ' "$name"
    done
}

# Installs without starting the daemons that come along (they would take our ports).
install_packages() {
    local policy=/usr/sbin/policy-rc.d made= log status
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy && made=1
    fi
    log=$(mktemp)
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null
    status=$?
    [ -z "$made" ] || rm -f $policy
    [ $status = 0 ] || tail -n 20 "$log" >&2
    rm -f "$log"
    return $status
}

# ensure_packages PACKAGE…: installs what is missing, or says what to install and fails.
ensure_packages() {
    local missing
    if ! command -v dpkg-query >/dev/null; then
        echo "not a Debian system: ./configure will name what is missing" >&2
        return 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        echo "Some packages are missing.  Install them as root, then run this again:" >&2
        echo "  apt-get install $missing" >&2
        return 1
    fi
    echo "installing: $missing"
    # shellcheck disable=SC2086 # a list
    install_packages $missing
}

make_each() {
    local target
    for target in $2; do
        make -C "$1" -j"$(nproc)" "$target" || return
    done
}

# build_tree SOURCE DIRECTORY TARGETS CONFIGURE-ARGUMENT…: configures once, then makes the targets
# (all needs generated headers first).  Quiet; on failure the end of the log shows.
build_tree() {
    local src=$1 dir=$2 targets=$3 log=$2/build.log
    shift 3
    mkdir -p "$dir"
    {
        { [ -x "$src/configure" ] && [ "$src/configure" -nt "$src/configure.ac" ] ||
            "$src/bootstrap"; } &&
            { [ -e "$dir/Makefile" ] || (cd "$dir" && "$src/configure" "$@"); } &&
            make_each "$dir" "$targets"
    } >"$log" 2>&1 && return
    echo "the build failed; the end of $log:" >&2
    grep -nE 'error|Error' "$log" | head -n 20 >&2
    tail -n 30 "$log" >&2
    return 1
}
