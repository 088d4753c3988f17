# For the system tests in shell: `. "$(dirname "$0")/lib.sh"` first, `finish` last.
#
# Works in a fresh directory ($WORK), kills what it started when the test ends, and keeps
# the directory when a check failed.  NAMED, SRC and BUILD may come from tests/run or
# from the caller; alone, a test finds the sources above itself and the build in build/.
set -u
SRC=${SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
BUILD=${BUILD:-$SRC/build}
NAMED=${NAMED:-$BUILD/server/named}
PATH=$BUILD/tools:$PATH:/usr/sbin
WORK=$(mktemp -d "${TMPDIR:-/tmp}/kizuna.XXXXXX")
failures=0
declare -A server_pid=()

ok() { echo "ok - $*"; }
not_ok() { echo "not ok - $*"; failures=$((failures + 1)); }
skip() { echo "skip - $*"; }

# check WHAT COMMAND…: ok when the command succeeds; its output shows when it does not.
check() {
    local what=$1 output
    shift
    if output=$("$@" 2>&1); then
        ok "$what"
    else
        not_ok "$what"
        printf '%s\n' "$ $*" "$output" | sed 's/^/#   /'
    fi
}

# check_equal WHAT EXPECTED ACTUAL
check_equal() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1"
        diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | sed 's/^/#   /'
    fi
}

# free_port: a port of 127.0.0.1 that nobody uses for UDP or TCP right now.
free_port() {
    PYTHONPATH=$SRC/tests/system python3 -c 'import kz_servers; print(kz_servers.free_port())'
}

# wait_for SECONDS COMMAND…: until the command succeeds.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# start_named NAME ARGUMENTS…: runs `$NAMED -g ARGUMENTS…` in $WORK, its log in
# $WORK/NAME.log, and waits until it says "running".  Fails when it ends or is silent for 30 s.
start_named() {
    local name=$1
    shift
    : >"$WORK/$name.log"        # that of an earlier run must not be taken for this one's
    (cd "$WORK" && exec "$NAMED" -g "$@") >"$WORK/$name.log" 2>&1 &
    server_pid[$name]=$!
    wait_for 30 server_is_settled "$name" && log_has "$name" ' running$'
}

server_is_settled() {
    log_has "$1" ' running$' || ! kill -0 "${server_pid[$1]}"
}

# log_has NAME PATTERN: an extended regular expression stands in the server's log.
log_has() { grep -Eq -- "$2" "$WORK/$1.log"; }

# stop_named NAME [SIGNAL]: ends the server and returns its exit status.
stop_named() {
    kill -"${2:-TERM}" "${server_pid[$1]}" 2>/dev/null
    wait "${server_pid[$1]}" 2>/dev/null
    local status=$?
    unset "server_pid[$1]"
    return $status
}

clean_up() {
    local pid
    for pid in "${server_pid[@]}"; do
        kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    if [ $failures = 0 ]; then rm -rf "$WORK"; else echo "# kept: $WORK"; fi
}
trap clean_up EXIT

finish() { exit $((failures != 0)); }
