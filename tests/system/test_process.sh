#!/bin/bash
# named as a process: its command line, the background, pid file and lock, chroot and user,
# logging, start-up lines, reloads that succeed and fail under queries, what systemd is told.
. "$(dirname "$0")/lib.sh"

port=$(free_port)
cd "$WORK" || exit 1
ulimit -c 0

zone() { printf '$TTL 60\n@ SOA ns h %s 1 1 1 1\n NS ns\nns A 127.0.0.1\nwww A %s\n' "$1" "$2"; }
# config [MORE LINES]: $WORK/named.conf with the zone a.test; options come from $options.
options=
config() {
    cat >named.conf <<END
options {
    directory "$WORK"; pid-file "$WORK/run/named.pid"; recursion no;
    listen-on port $port { 127.0.0.1; }; listen-on-v6 { none; };
    $options
};
zone "a.test" { type primary; file "a.db"; };
$*
END
}
ask() { dig +short +tries=1 +time=2 @127.0.0.1 -p "$port" "$@"; }
serves() { [ "$(ask www.a.test)" = "$1" ]; }
# quick NAME ARGUMENTS…: named with these arguments until it ends, at most 10 s; its exit
# status is in $status, its output in NAME.out and NAME.err.
quick() {
    local name=$1
    shift
    timeout 10 "$NAMED" "$@" >"$name.out" 2>"$name.err"
    status=$?
}
file_has() { grep -Eq -- "$2" "$1"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
zone 1 127.0.0.1 >a.db
config

# ---- the command line ----
for row in "-x|unknown option '-x'" "-c|option '-c' requires an argument" \
    "-4 -6|cannot specify -4 and -6" "-p 70000|port '70000' out of range" \
    "-n x|number of cpus 'x' must be numeric" "-m foo|unrecognized flag 'foo'" \
    "-u nosuchuser|user 'nosuchuser' unknown" "word|extra command line arguments" \
    "-g -t $WORK/none|chroot\(\): "; do
    # shellcheck disable=SC2086 # words
    quick wrong ${row%%|*}
    check_equal "named ${row%%|*}: exit status" 1 $status
    check "named ${row%%|*}: says why" file_has wrong.err "${row#*|}"
done
for row in '-v|^Kizuna [0-9.]+ <id:' '-V|^compiled with OpenSSL version: ' \
    '-V|named configuration: ' '-h|^usage: named ' '-h|-c conffile' '-C|^options \{$' \
    '-C|edns-udp-size 1232;'; do
    quick info "${row%%|*}"
    check_equal "named ${row%%|*}: exit status" 0 $status
    check "named ${row%%|*}: \"${row#*|}\"" file_has info.out "${row#*|}"
done

# ---- a start in the foreground: BIND's lines in BIND's order ----
if start_named a -4 -D comment -E engine -m usage -M fill -n 1 -S 1000 -T mkeytimers=1/2/3 -U 2 \
    -X "$WORK/lock" -s -c named.conf; then ok "named -g runs"; else
    not_ok "named -g runs"
    sed 's/^/#   /' a.log
    finish
fi
expected="starting Kizuna
running on Linux
built with
running as: named -g -4
compiled by
compiled with OpenSSL version:
linked to OpenSSL version:
found
the initial working directory is '$WORK'
loading configuration from '$WORK/named.conf'
the working directory is now '$WORK'
listening on IPv4 interface lo, 127.0.0.1#$port
not using config file logging statement for logging due to -g option
zone a.test/IN: loaded serial 1
all zones loaded
running"
position=0
while IFS= read -r line; do
    at=$(cut -c26- a.log | grep -nF -- "$line" | cut -d: -f1 |
        awk -v p="$position" '$1 > p { print; exit }')
    if [ -n "$at" ]; then ok "the log says \"$line\" in its place"; position=$at; else
        not_ok "the log says \"$line\" in its place"
    fi
done <<<"$expected"
check_equal "every line begins with the time" 0 \
    "$(grep -Evc '^[0-3][0-9]-[A-Z][a-z][a-z]-[0-9]{4} ([0-9]{2}:){2}[0-9]{2}\.[0-9]{3} ' a.log)"
check "-n 1 gives one worker thread" log_has a 'using 1 worker thread$'
check "it answers" serves 127.0.0.1
check_equal "the pid file" "${server_pid[a]}" "$(cat run/named.pid)"
quick twin -g -X none -c named.conf
check_equal "a second one with the same pid file does not start" 1 $status
check "and says why" file_has twin.err 'could not lock .*/named.pid; another named process may be running$'
sed 's/named.pid/twin.pid/' named.conf >twin.conf
quick twin -g -X "$WORK/lock" -c twin.conf
check_equal "a second one with the same lock file does not start" 1 $status
check "it still answers" serves 127.0.0.1
stop_named a
check_equal "a stop by SIGTERM: exit status" 0 $?
check "the pid file is gone" test ! -e run/named.pid
check_equal "the last lines" "no longer listening on 127.0.0.1#$port
shutting down: flushing changes
exiting" "$(grep -v '^memory:' a.log | tail -3 | cut -c26-)"
check "-s prints memory use" file_has a.log '^memory: [0-9]+ kB resident'

start_named int -c named.conf
stop_named int INT
check_equal "a stop by SIGINT: exit status" 0 $?

# ---- configurations that do not load ----
echo 'bogus 1;' >bad.conf
quick bad -g -c bad.conf
check_equal "a bad configuration: exit status" 1 $status
check "the place of the mistake" file_has bad.err "$WORK/bad.conf:1: unknown option 'bogus'"
for line in 'loading configuration: failure$' 'exiting \(due to fatal error\)$'; do
    check "\"$line\"" file_has bad.err "$line"
done
quick bad -g -c nothere.conf
check_equal "no configuration: exit status" 1 $status
check "a missing file is named" file_has bad.err 'loading configuration: file not found$'
echo 'options { directory "/nonexistent/dir"; };' >bad.conf
quick bad -g -c bad.conf
check_equal "a missing directory: exit status" 1 $status
check "it is named" file_has bad.err "/nonexistent/dir"

# ---- in the background ----
quick back -c named.conf -L back.log
check_equal "named without -f: the command succeeds" 0 $status
check "a pid file is there as soon as it returns" test -s run/named.pid
pid=$(cat run/named.pid 2>/dev/null)
check "it answers" wait_for 5 serves 127.0.0.1
check "-L: category and severity" file_has back.log ' general: notice: starting Kizuna '
check_equal "it is a session of its own" "$pid" "$(ps -o sid= -p "$pid" | tr -d ' ')"
quick again -c named.conf -L again.log
check_equal "the command fails for a second one" 1 $status
kill "$pid"
check "it ends" wait_for 5 gone "$pid"
quick back -c bad.conf -L back2.log
check_equal "the command fails for a bad configuration" 1 $status

# ---- reloads, under a stream of queries ----
start_named r -c named.conf
queries() {     # asks until "stop" appears; writes how many were asked and how many answered
    /usr/bin/python3 - "$port" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
s.settimeout(2)
name = b"\3www\1a\4test\0"
asked = good = 0
while not os.path.exists("stop"):
    ident = (asked & 0xffff).to_bytes(2, "big")
    s.send(ident + b"\0\0\0\1\0\0\0\0\0\0" + name + b"\0\1\0\1")
    asked += 1
    try:
        answer = s.recv(512)
        good += answer[:2] == ident and answer[3] & 15 == 0 and answer[7] == 1
    except OSError:
        pass
open("asked", "w").write("%d %d\n" % (asked, good))
END
}
queries &
asker=$!
zone 2 127.0.0.2 >a.db
kill -HUP "${server_pid[r]}"
check "SIGHUP loads the changed zone" wait_for 5 log_has r 'zone a.test/IN: loaded serial 2$'
check "it serves" wait_for 5 serves 127.0.0.2
for line in 'received SIGHUP signal to reload zones' 'reloading configuration succeeded' \
    'reloading zones succeeded'; do
    check "\"$line\"" log_has r "$line"
done
cp named.conf good.conf
echo 'zone "b.test" { type primary; fiel "b.db"; };' >>named.conf
kill -HUP "${server_pid[r]}"
check "a mistake in the configuration is said" \
    wait_for 5 log_has r 'reloading configuration failed: failure'
check "with its place" log_has r "named.conf:[0-9]+: unknown option 'fiel'"
check "the old one stays in force" serves 127.0.0.2
cp good.conf named.conf
printf 'www A 1.2.3.400\n' >>a.db
kill -HUP "${server_pid[r]}"
check "a mistake in the zone is said" wait_for 5 log_has r "a.db:[0-9]+: near '1.2.3.400': bad dotted quad"
check "the old zone serves" serves 127.0.0.2
zone 3 127.0.0.3 >a.db
zone 1 127.0.0.9 >b.db
echo 'zone "b.test" { type primary; file "b.db"; };' >>named.conf
kill -HUP "${server_pid[r]}"
check "the mended zone serves" wait_for 5 serves 127.0.0.3
check_equal "a zone that came serves" 127.0.0.9 "$(ask www.b.test)"
before=$(grep -c 'loaded serial' r.log)
for _ in 1 2 3 4 5 6; do
    kill -HUP "${server_pid[r]}"
    sleep 0.2
done
check_equal "zones that did not change are not loaded" "$before" "$(grep -c 'loaded serial' r.log)"
cp good.conf named.conf
kill -HUP "${server_pid[r]}"
refused() { dig +tries=1 @127.0.0.1 -p "$port" www.b.test | grep -q 'status: REFUSED'; }
check "a zone that went is refused" wait_for 5 refused
touch stop
wait $asker
read -r asked good <asked
check_equal "every query of $asked was answered through $(grep -c SIGHUP r.log) reloads" "$asked" "$good"
stop_named r

# ---- a load that takes long: the others serve, it is reported, a stop does not wait for it ----
cp named.conf good.conf
echo 'zone "slow.test" { type primary; file "slow.db"; };' >>named.conf
{
    echo '@ 60 SOA ns h 1 2 3 4 5'
    for _ in 1 2 3 4 5 6 7 8; do echo '$GENERATE 1-20000000 n 60 A 192.0.2.1'; done
    head -c 3000000 /dev/zero | tr '\0' '\n'     # what is left to read
} >slow.db
(exec "$NAMED" -g -c named.conf) >slow.log 2>&1 &
server_pid[slow]=$!
check "the other zone serves" wait_for 5 serves 127.0.0.3
unready() { dig +tries=1 @127.0.0.1 -p "$port" www.slow.test | grep -q 'status: SERVFAIL'; }
check "the slow one is not there yet" unready
check "progress is reported" wait_for 5 log_has slow 'loading zones: 1 of 2, slow.test/IN'
check "it is not running yet" test "$(grep -c ' running$' slow.log)" = 0
stop_named slow
check_equal "it stops at once" 0 $?
check "and says so" log_has slow ' exiting$'
script -qfc "exec '$NAMED' -g -c named.conf" tty.log >/dev/null 2>&1 </dev/null &
server_pid[tty]=$!
check "on a terminal the progress stands in a line of its own" \
    wait_for 10 file_has tty.log $'\033\\[Kloading zones: 1 of 2, slow.test/IN'
kill "$(pgrep -P "${server_pid[tty]}")"
wait "${server_pid[tty]}"
unset 'server_pid[tty]'
check "and the server stops there as elsewhere" file_has tty.log ' exiting'
rm slow.db
cp good.conf named.conf

# ---- logging ----
config 'logging {
    channel all { file "all.log" versions 3 size 2k; severity info;
                  print-time yes; print-category yes; print-severity yes; };
    channel utc { file "utc.log"; severity debug 3; print-time iso8601-utc; };
    channel q { file "q.log"; print-time iso8601; buffered yes; };
    category default { all; utc; };
    category queries { q; };
};'
(exec "$NAMED" -f -c named.conf) >log.out 2>&1 &
server_pid[log]=$!
check "it runs with channels of its own" wait_for 10 file_has all.log ' general: notice: running$'
check "iso8601-utc" file_has utc.log '^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9](:[0-5][0-9]){2}\.[0-9]{3}Z running$'
check "nothing on the terminal" test ! -s log.out
ask www.a.test >ignored
check "a queries category logs queries" wait_for 3 \
    file_has q.log 'T[0-9:.]+ client @0x[0-9a-f]+ 127\.0\.0\.1#[0-9]+ \(www\.a\.test\): query: www\.a\.test IN A '
for _ in $(seq 12); do kill -HUP "${server_pid[log]}"; sleep 0.1; done
check "a file over its size is rolled" wait_for 5 test -s all.log.0
mv utc.log utc.old
kill -HUP "${server_pid[log]}"
check "a file that was moved away is opened anew" wait_for 5 file_has utc.log 'reloading zones succeeded'
stop_named log
check_equal "exit status" 0 $?
check "no more versions than asked for" test ! -e all.log.3
config 'logging { channel x { file "/nonexistent/x.log"; }; category default { x; }; };'
(exec "$NAMED" -f -c named.conf) >log.out 2>&1 &
server_pid[log]=$!
check "a log file that cannot be opened stops nobody" wait_for 10 serves 127.0.0.3
check_equal "it is said once" 1 "$(grep -c "/nonexistent/x.log" log.out)"
stop_named log
config 'logging { channel x { file "/dev/full"; }; category default { x; }; };'
(exec "$NAMED" -f -c named.conf) >log.out 2>&1 &
server_pid[log]=$!
check "a full disk stops nobody" wait_for 10 serves 127.0.0.3
stop_named log
check_equal "exit status" 0 $?
config
quick debug -c named.conf -d 3
check "-d makes named.run" wait_for 5 test -s named.run
kill "$(cat run/named.pid)"
wait_for 5 test ! -e run/named.pid

# ---- what systemd is told ----
/usr/bin/python3 - >told <<'END' &
import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify")
s.settimeout(10)
seen = b""
while b"STOPPING=1" not in seen:
    seen = s.recv(4096)
    print(seen.decode(), flush=True)
END
told=$!
wait_for 5 test -S notify
NOTIFY_SOCKET=$WORK/notify start_named n -c named.conf
kill -HUP "${server_pid[n]}"
wait_for 5 log_has n 'reloading zones succeeded'
wait_for 5 test "$(grep -c READY=1 told)" -ge 2
stop_named n
wait $told
check_equal "READY, RELOADING, READY, STOPPING" "READY=1 RELOADING=1 READY=1 STOPPING=1" \
    "$(grep -oE '(READY|RELOADING|STOPPING)=1' told | tr '\n' ' ' | sed 's/ $//')"
check "with the time of the reload" file_has told '^MONOTONIC_USEC=[0-9]+$'

# ---- another root, another user ----
if [ "$(id -u)" != 0 ]; then
    skip "chroot and -u need root"
    finish
fi
mkdir -p jail/etc jail/zones
chmod 755 "$WORK" jail
cp a.db jail/zones
cat >jail/etc/named.conf <<END
options { directory "/zones"; pid-file "/run/named/named.pid"; recursion no;
          listen-on port $port { 127.0.0.1; }; listen-on-v6 { none; }; };
zone "a.test" { type primary; file "a.db"; };
END
# The leak sanitizer needs /proc, which is not in the jail.
ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
# The leak checker needs /proc, which this root does not have.
export ASAN_OPTIONS=detect_leaks=0
start_named jail -t "$WORK/jail" -u nobody -c /etc/named.conf
check "in a chroot, as another user, it answers" serves 127.0.0.3
pid=${server_pid[jail]}
check_equal "its user" "$(id -u nobody)" "$(stat -c %u "/proc/$pid")"
check_equal "its root" "$WORK/jail" "$(readlink "/proc/$pid/root")"
check_equal "its only capability: ports below 1024" 0000000000000400 \
    "$(awk '/^CapEff/ { print $2 }' "/proc/$pid/status")"
check_equal "its pid file's owner" "$(id -u nobody)" "$(stat -c %u jail/run/named/named.pid)"
check "the folder it may not write to" log_has jail 'the working directory is not writable$'
kill -HUP "$pid"
check "a reload in there" wait_for 5 log_has jail 'reloading zones succeeded'
stop_named jail
check_equal "exit status" 0 $?
check "the pid file is gone" test ! -e jail/run/named/named.pid
ASAN_OPTIONS=${ASAN_OPTIONS%:detect_leaks=0}
start_named number -u "$(id -u nobody)" -c named.conf
check_equal "-u takes a number" "$(id -u nobody)" "$(stat -c %u "/proc/${server_pid[number]}")"
stop_named number
finish
