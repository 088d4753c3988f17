#!/bin/bash
# Dynamic update with stock nsupdate and dig: the walkthrough's rows A2, A3, A8 and A9, done with
# Kizuna and with BIND, which must say the same to the client, to dig and in the log; every HMAC,
# TCP, the session key; updates survive TERM and KILL; what waits for a slow disk.
. "$(dirname "$0")/lib.sh"

secret=c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ=
hmacs="hmac-md5 hmac-sha1 hmac-sha224 hmac-sha256 hmac-sha384 hmac-sha512"

# config PORT [OPTIONS]
config() {
    for a in $hmacs; do echo "key \"k-$a\" { algorithm $a; secret \"$secret\"; };"; done
    cat <<END
options { listen-on port $1 { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
    session-keyfile "session.key"; recursion no; dnssec-validation no; notify no; ${2-} };
controls { };
zone "example.com" { type primary; file "example.com.zone"; allow-update { 127.0.0.1;
    $(for a in $hmacs; do echo "key k-$a;"; done) }; };
zone "keys.test" { type primary; file "keys.test.zone";
    allow-update { $(for a in $hmacs; do echo "key k-$a;"; done) }; };
zone "local.test" { type primary; file "local.test.zone"; update-policy local; };
zone "static.test" { type primary; file "static.test.zone"; };
zone "copy.test" { type secondary; file "copy.test.zone"; primaries { 127.0.0.1 port 9; }; };
END
}

make_zones() {
    for z in example.com keys.test local.test static.test copy.test; do
        cat <<END >"$1/$z.zone"
\$TTL 86400
@ SOA ns hostmaster 2006021501 10800 3600 604800 86400
@ NS ns
ns A 192.168.1.1
nebula A 192.168.1.2
stardust A 192.168.1.3
END
    done
}

update() { # ZONE-LINES on standard input, nsupdate's arguments
    { echo "server 127.0.0.1 $port"; cat; echo send; } | timeout 30 nsupdate -t 10 "$@" 2>&1 |
        sed 's/^[0-9A-Za-z-]* [0-9:.]* //'
    echo "exit status ${PIPESTATUS[1]}"
}
ask() { dig +norecurse +tries=1 +time=5 +noall +answer +comments @127.0.0.1 -p "$port" "$@" |
    sed -n 's/^;; ->>HEADER.*status: \([A-Z]*\),.*/\1/p; t; s/^;; flags: \([a-z ]*\);.*/\1/p; t; /^[^;]/p' | sort; }
serial() { dig +short @127.0.0.1 -p "$port" SOA "$1" | cut -d' ' -f3; }

# The walkthrough: each step's name, what it said, what the server then answers.
walk() {
    step() { printf '== %s\n' "$1"; }
    step "A2: an address is added"
    update <<<"update add galaxy.example.com 86400 A 192.168.1.102"
    ask galaxy.example.com
    serial example.com
    step "the same again changes nothing"
    update <<<"update add galaxy.example.com 86400 A 192.168.1.102"
    serial example.com
    step "A8: prerequisites that are met"
    printf '%s\n' "prereq yxdomain galaxy.example.com" "prereq nxdomain quasar.example.com" \
        "prereq yxrrset galaxy.example.com A" "prereq nxrrset galaxy.example.com TXT" \
        "prereq yxrrset nebula.example.com A 192.168.1.2" \
        "update add quasar.example.com 300 TXT \"met\"" | update
    ask quasar.example.com TXT
    for p in "yxdomain nothing.example.com" "nxdomain galaxy.example.com" \
        "yxrrset galaxy.example.com TXT" "yxrrset nebula.example.com A 192.168.1.99" \
        "nxrrset galaxy.example.com A"; do
        step "A8: prereq $p"
        printf '%s\n' "prereq $p" "update add wrong.example.com 300 A 192.0.2.1" | update
        ask wrong.example.com
    done
    serial example.com
    step "a name goes and another comes in one message"
    printf '%s\n' "update delete stardust.example.com" \
        "update add comet.example.com 300 A 192.168.1.4" | update
    ask stardust.example.com
    ask comet.example.com
    serial example.com
    step "one record of a set goes"
    printf '%s\n' "update add comet.example.com 300 A 192.168.1.5" | update
    printf '%s\n' "update delete comet.example.com A 192.168.1.4" | update
    ask comet.example.com
    step "a set goes"
    update <<<"update delete comet.example.com A"
    ask comet.example.com
    step "A9: outside of the zone, a zone of nobody, a zone that is not dynamic, a secondary's"
    printf '%s\n' "zone example.com" "update add a.elsewhere.test 300 A 192.0.2.1" | update
    printf '%s\n' "zone nobody.test" "update add a.nobody.test 300 A 192.0.2.1" | update
    printf '%s\n' "zone static.test" "update add a.static.test 300 A 192.0.2.1" | update
    printf '%s\n' "zone copy.test" "update add a.copy.test 300 A 192.0.2.1" | update
    step "a key is needed"
    printf '%s\n' "zone keys.test" "update add a.keys.test 300 A 192.0.2.1" | update
    for a in $hmacs; do
        step "$a, over UDP and TCP"
        printf '%s\n' "zone keys.test" "update add $a.keys.test 300 A 192.0.2.1" |
            update -y "$a:k-$a:$secret"
        printf '%s\n' "zone keys.test" "update add $a.keys.test 300 TXT tcp" |
            update -v -y "$a:k-$a:$secret"
        ask "$a.keys.test" ANY +tcp
    done
    step "a wrong secret, an unknown key"
    printf '%s\n' "zone keys.test" "update add b.keys.test 300 A 192.0.2.1" |
        update -y "hmac-sha256:k-hmac-sha256:AAAA"
    printf '%s\n' "zone keys.test" "update add b.keys.test 300 A 192.0.2.1" |
        update -y "hmac-sha256:nobody:$secret"
    step "the session key"
    printf '%s\n' "zone local.test" "update add l.local.test 300 A 192.0.2.1" |
        update -k "$WORK/$1/session.key"
    ask l.local.test
    printf '%s\n' "zone local.test" "update add m.local.test 300 A 192.0.2.1" | update
    step "serials at the end"
    serial example.com
    serial keys.test
    serial local.test
}

# The lines of the log that updates make, without what differs from run to run.
update_log() {
    sed -n 's/^[^ ]* [^ ]* //; s/@0x[0-9a-f]* 127.0.0.1#[0-9]*/@PTR ADDR/
        /^client @PTR.*\(updat\|signer\|signature\)/p' "$1"
}

# side NAME BINARY: the walkthrough with one server, in a directory of its own.
side() {
    mkdir "$WORK/$1"
    make_zones "$WORK/$1"
    port=$(free_port)
    config "$port" >"$WORK/$1/named.conf"
    (cd "$WORK/$1" && exec "$2" -g -c named.conf) >"$WORK/$1.log" 2>&1 &
    server_pid[$1]=$!
    wait_for 30 log_has "$1" ' running$' || return 1
    walk "$1" >"$WORK/$1.said"
}

# runs WHAT COMMAND…: like check, but in this shell, which has to know the servers.
runs() {
    local what=$1
    shift
    if "$@"; then ok "$what"; else not_ok "$what"; fi
}

runs "the walkthrough runs" side kizuna "$NAMED"
kizuna_port=$port
check "A2: dig has it with AA" grep -A4 '^== A2' "$WORK/kizuna.said"
check "A2: the log names the record" log_has kizuna \
    "updating zone 'example.com/IN': adding an RR at 'galaxy.example.com' A 192.168.1.102"
check "A2: a journal is begun" log_has kizuna \
    'journal file example.com.zone.jnl does not exist, creating it'
check "A2: the zone file is as it was" grep -q 2006021501 "$WORK/kizuna/example.com.zone"
check "A8: the log says what was not met" log_has kizuna "update unsuccessful: \
galaxy.example.com: 'name not in use' prerequisite not satisfied \(YXDOMAIN\)"
if [ -x /usr/sbin/named ] && side bind /usr/sbin/named; then
    check_equal "clients hear the same from BIND" "$(cat "$WORK/bind.said")" \
        "$(cat "$WORK/kizuna.said")"
    check_equal "BIND's log has the same lines" "$(update_log "$WORK/bind.log")" \
        "$(update_log "$WORK/kizuna.log")"
    stop_named bind
else
    skip "the comparison with BIND: it is not here"
fi

# again NAME: the server starts in its directory once more.
again() {
    (cd "$WORK/kizuna" && exec "$NAMED" -g -c named.conf) >"$WORK/$1.log" 2>&1 &
    server_pid[$1]=$!
    wait_for 30 log_has "$1" ' running$'
}
port=$kizuna_port
before=$(ask galaxy.example.com; ask stardust.example.com; serial example.com; serial keys.test)
for signal in TERM KILL; do
    name=$([ $signal = TERM ] && echo kizuna || echo again_TERM)
    stop_named "$name" $signal
    runs "A3: it starts after $signal" again again_$signal
    check_equal "A3: after $signal every update is there" "$before" \
        "$(ask galaxy.example.com; ask stardust.example.com; serial example.com; serial keys.test)"
    check_equal "A3: … and the next one finds its journal" "exit status 0" \
        "$(update <<<"update add after-$signal.example.com 300 A 192.0.2.1")"
    before=$(ask galaxy.example.com; ask stardust.example.com; serial example.com; serial keys.test)
done
stop_named again_KILL

# A disk that takes its time: syncs of 300 ms.
cc -D_GNU_SOURCE -O2 -shared -fPIC -o "$WORK/faults.so" "$SRC/tests/system/faults.c"
printf '\6\0\0\0\144\0\0\0\0\0\0\0\0\0\0\0' >"$WORK/faults"
make_zones "$WORK/kizuna"
rm -f "$WORK"/kizuna/*.jnl
config "$port" "update-quota 3;" >"$WORK/kizuna/named.conf"
slow_start() {
    (cd "$WORK/kizuna" && export ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0 &&
        FAULTS=$WORK/faults LD_PRELOAD=$WORK/faults.so exec "$NAMED" -g -c named.conf) \
        >"$WORK/slow.log" 2>&1 &
    server_pid[slow]=$!
    wait_for 30 log_has slow ' running$'
}
runs "a server on a slow disk" slow_start
(update <<<"update add slow.example.com 300 A 192.0.2.1" >"$WORK/slow.said") &
updater=$!
check "an update waits for the disk" wait_for 5 log_has slow "adding an RR at 'slow.example.com'"
check_equal "meanwhile queries are answered from what was" NXDOMAIN \
    "$(ask slow.example.com | grep -x '[A-Z]*')"
wait $updater
check_equal "it is acknowledged" "exit status 0" "$(cat "$WORK/slow.said")"
check_equal "… and then it is there" NOERROR "$(ask slow.example.com | grep -x '[A-Z]*')"
cat <<'END' >"$WORK/pipeline.py"
import socket, struct, sys
def frame(m): return struct.pack("!H", len(m)) + m
zone = b"\7example\3com\0"
def update(ident, name):
    return (struct.pack("!HHHHHH", ident, 5 << 11, 1, 0, 1, 0) + zone + struct.pack("!HH", 6, 1) +
            bytes([len(name)]) + name + zone + struct.pack("!HHIH4s", 1, 1, 300, 4, b"\1\2\3\4"))
def query(ident, name):
    return (struct.pack("!HHHHHH", ident, 0, 1, 0, 0, 0) + bytes([len(name)]) + name + zone +
            struct.pack("!HH", 1, 1))
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.settimeout(10)
s.sendall(b"".join(map(frame, (query(1, b"tcp"), update(2, b"tcp"), query(3, b"tcp"),
                               update(4, b"tcp2"), query(5, b"tcp2")))))
data = b""
for _ in range(5):
    while len(data) < 2 or len(data) < 2 + struct.unpack("!H", data[:2])[0]:
        more = s.recv(65536)
        if not more:
            sys.exit("the server has closed the connection")
        data += more
    n = struct.unpack("!H", data[:2])[0]
    ident, flags, _, answers = struct.unpack("!HHHH", data[2:10])
    print(ident, flags & 15, answers)
    data = data[2 + n:]
END
check_equal "TCP: what comes behind an update waits for it and sees it" "1 3 0
2 0 0
3 0 1
4 0 0
5 0 1" "$(timeout 20 python3 "$WORK/pipeline.py" "$port" 2>&1)"
check "16 clients against an update-quota of 3" test \
    "$("$BUILD/bench/kzupdate" "$port" example.com 16 1 | cut -d' ' -f1)" -gt 0
check "… the others are told of in the log" log_has slow \
    "updating zone 'example.com/IN': update failed: too many DNS UPDATEs queued \(quota reached\)"
(update <<<"update add last.example.com 300 A 192.0.2.1" >"$WORK/last.said") &
updater=$!
wait_for 5 log_has slow "adding an RR at 'last.example.com'"
stop_named slow
check_equal "a server that ends while the disk is busy ends as it should" 0 $?
wait $updater
check_equal "… and the update is acknowledged" "exit status 0" "$(cat "$WORK/last.said")"
runs "it starts once more" again once_more
check_equal "… and has it" NOERROR "$(ask last.example.com | grep -x '[A-Z]*')"
stop_named once_more
finish
