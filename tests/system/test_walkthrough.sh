# The walkthrough, mission rows A1 to A13, in the order of the page that it comes from: what a person
# types, what the client prints, what the log says.  Stock nsupdate, rndc, dig and named-journalprint
# are the clients; a second server of ours and Debian's BIND are the secondaries.
#
# NAMED=/usr/sbin/named runs the same with BIND; what only we have is then left out.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rndc_lib.sh"

Z=example.com
ZONE_FILE=$WORK/prim/$Z.zone
JOURNAL=$ZONE_FILE.jnl
ours() { [ "$NAMED" != "$BIND" ]; }

# logs NAME PATTERN: the line comes, or has come.
logs() { check "$row the log says: $2" wait_for 10 log_has "$1" "$2"; }
# equal WHAT EXPECTED ACTUAL
equal() { check_equal "$row $1" "$2" "$3"; }
serves() { check "$row $1 serves serial $2" wait_for 20 serial_is "$1" $Z "$2"; }
status_of() { dig +norec +tries=1 +time=3 @127.0.0.1 -p "${dns_port[prim]}" "$@" |
    sed -n 's/.*status: \([A-Z]*\).*/\1/p'; }
# update LINES…: the lines typed at nsupdate, what it prints, and its exit status when not 0.
update() { u prim "$@" || echo "[exit $?]"; }
no_error() { equal "nsupdate says nothing" "" "$1"; }
start() { start_named "$1" -c "$WORK/$1.conf" || not_ok "$row $1 starts"; }
file_has() { grep -q "$1" "$ZONE_FILE"; }
# edit OLD NEW LINE: what a person does in an editor: another serial, and a line more.  (BIND sees by
# the second whether a file is newer.)
edit() {
    sed -i "s/\b$1\b/$2/" "$ZONE_FILE"
    echo "$3" >>"$ZONE_FILE"
    touch -d '+2 seconds' "$ZONE_FILE"
}

row=setup:
rndc_setup prim "notify no; allow-transfer { 127.0.0.1; };" <<END
zone "$Z" { type master; file "$Z.zone"; allow-update { 127.0.0.1; }; };
zone "example.org" { type master; file "example.org.zone"; };
END
cat >"$ZONE_FILE" <<'END'
$TTL 86400
@               IN SOA  ns.example.com. hostmaster.example.com. (
                        2006021501 ; serial
                        10800      ; refresh
                        3600       ; retry
                        604800     ; expire
                        86400 )    ; minimum
                IN NS   ns.example.com.
ns              IN A    192.168.1.1
nebula          IN A    192.168.1.100
stardust        IN A    192.168.1.101
END
sed "s/$Z/example.org/" "$ZONE_FILE" >"$WORK/prim/example.org.zone"
cp "$ZONE_FILE" "$WORK/original.zone"

row=A1
start prim
in_order() {
    local at=0 next pattern
    for pattern in 'starting ' "loading configuration from '.*prim.conf'" \
        "zone $Z/IN: loaded serial 2006021501" 'all zones loaded' ' running$'; do
        next=$(grep -nE "$pattern" "$WORK/prim.log" | head -1 | cut -d: -f1)
        [ "${next:-0}" -gt "$at" ] || { echo "not there, or not in its place: $pattern"; return 1; }
        at=$next
    done
}
check "A1 start, configuration, serials, all zones loaded, running: on the terminal" in_order
check "A1 updates from this host are no cause for a warning" [ "$(grep -c insecure "$WORK/prim.log")" = 0 ]
equal "an address is answered" 192.168.1.100 "$(answer prim nebula.$Z A)"

row=A2
no_error "$(update "update add galaxy.$Z 86400 A 192.168.1.102")"
logs prim "client .*127.0.0.1#[0-9]+: updating zone '$Z/IN': adding an RR at 'galaxy.$Z' A 192.168.1.102$"
ours && logs prim "journal file $Z.zone.jnl does not exist, creating it"
check "A2 dig answers it at once, with AA" grep -Eq 'flags: qr aa[ ;]' \
    <(dig +norec @127.0.0.1 -p "${dns_port[prim]}" galaxy.$Z)
equal "the address" 192.168.1.102 "$(answer prim galaxy.$Z A)"
serves prim 2006021502
check "A2 the zone file is unchanged yet" cmp "$ZONE_FILE" "$WORK/original.zone"
equal "named-journalprint shows the update" "\
del $Z. 86400 IN SOA ns.$Z. hostmaster.$Z. 2006021501 10800 3600 604800 86400
add $Z. 86400 IN SOA ns.$Z. hostmaster.$Z. 2006021502 10800 3600 604800 86400
add galaxy.$Z. 86400 IN A 192.168.1.102" "$(/usr/bin/named-journalprint "$JOURNAL" | tr -s '\t' ' ')"

row=A3
stop_named prim KILL
start prim
check "A3 after KILL the file is unchanged still" cmp "$ZONE_FILE" "$WORK/original.zone"
logs prim "zone $Z/IN: loaded serial 2006021502$"
equal "the update is there after KILL" 192.168.1.102 "$(answer prim galaxy.$Z A)"
ours || r prim sync $Z >/dev/null      # BIND writes the file at rndc stop, not at TERM
stop_named prim TERM
equal "named ends well after TERM" 0 $?
logs prim "shutting down"
logs prim "exiting$"
check "A3 after TERM the update stands in the file" file_has 192.168.1.102
start prim
serves prim 2006021502
equal "and is there" 192.168.1.102 "$(answer prim galaxy.$Z A)"
no_error "$(update "update add pulsar.$Z 86400 A 192.168.1.103")"
serves prim 2006021503
stop_named prim KILL
start prim
equal "updates that came after are there after KILL" 192.168.1.103 "$(answer prim pulsar.$Z A)"

row=A4
stop_named prim KILL
cp "$ZONE_FILE" "$WORK/before.zone"
edit 2006021502 2006021504 "quasar A 192.168.1.104"
start prim
logs prim "zone $Z/IN: journal rollforward failed: journal out of sync with zone$"
logs prim "zone $Z/IN: not loaded due to errors.$"
equal "queries for the zone get SERVFAIL" SERVFAIL "$(status_of $Z SOA)"
equal "the other zone serves" 192.168.1.100 "$(answer prim nebula.example.org A)"
if ours; then
    logs prim "zone $Z/IN: the zone file has serial 2006021504, the journal .* 2006021501 to 2006021503"
    logs prim "rndc recover $Z "
    check "A4 rndc recover -n shows what would be done" grep -q "2006021505" \
        <(r prim recover -n $Z merge)
    check "A4 rndc recover puts both together" grep -qx '\[exit 0\]' <(r prim recover $Z merge)
    equal "the edit and the updates serve" "192.168.1.102 192.168.1.103 192.168.1.104" \
        "$(echo $(for n in galaxy pulsar quasar; do answer prim $n.$Z A; done))"
    serves prim 2006021505
else    # by hand: the edit is put off
    cp "$WORK/before.zone" "$ZONE_FILE"
    r prim reload $Z >/dev/null
    serves prim 2006021503
    no_error "$(update "update add quasar.$Z 86400 A 192.168.1.104" \
        "update add $Z. 86400 SOA ns.$Z. hostmaster.$Z. 2006021505 10800 3600 604800 86400")"
    serves prim 2006021505
fi

row=A5
no_error "$(update "update add comet.$Z 86400 A 192.168.1.105")"
serves prim 2006021506
equal "rndc freeze says nothing" "[exit 0]" "$(r prim freeze $Z)"
logs prim "freezing zone '$Z/IN': success$"
check "A5 the file holds the serial" wait_for 5 file_has 2006021506
for n in 102 103 104 105; do check "A5 the file holds every update ($n)" file_has "192.168.1.$n"; done
equal "queries are answered" 192.168.1.105 "$(answer prim comet.$Z A)"
equal "zonestatus tells" "frozen: yes" "$(r prim zonestatus $Z | grep frozen)"

row=A6
equal "an update is refused while frozen" "update failed: REFUSED
[exit 2]" "$(update "update add meteor.$Z 86400 A 192.168.1.106")"
logs prim "updating zone '$Z/IN': update failed: dynamic update temporarily disabled because the zone is frozen.  Use 'rndc thaw' to re-enable updates. \(REFUSED\)$"
equal "so is one from an address that is not listed" "update failed: REFUSED
[exit 2]" "$(update "local 127.0.0.2" "update add meteor.$Z 86400 A 192.168.1.106")"
logs prim "client .*127.0.0.2#[0-9]+: update '$Z/IN' denied$"
equal "the log tells them apart: one line each" "1 1" \
    "$(grep -c 'temporarily disabled' "$WORK/prim.log") $(grep -c "update '$Z/IN' denied" "$WORK/prim.log")"
serves prim 2006021506

row=A7
edit 2006021506 2006021510 "nova.$Z. A 192.168.1.107"
check "A7 rndc reload while frozen" grep -qx '\[exit 0\]' <(r prim reload $Z)
serves prim 2006021510
equal "the edit serves" 192.168.1.107 "$(answer prim nova.$Z A)"
equal "still frozen" "update failed: REFUSED
[exit 2]" "$(update "update add meteor.$Z 86400 A 192.168.1.106")"
check "A7 rndc thaw says what it does" grep -Eq "^(A|The) zone reload and thaw was (started|successful)" \
    <(r prim thaw $Z)
logs prim "thawing zone '$Z/IN': success$"
updated() { [ -z "$(update "$@")" ]; }
check "A7 updates work again" wait_for 10 updated "update add meteor.$Z 86400 A 192.168.1.106"
serves prim 2006021511
r prim freeze $Z >/dev/null
check "A7 unfreeze, its old name" grep -qx '\[exit 0\]' <(r prim unfreeze $Z)
check "A7 and updates work" wait_for 10 updated "update add meteor.$Z 86400 TXT again"
serves prim 2006021512

row=A8
# met PREREQUISITE: the update runs.   unmet CODE WORDS PREREQUISITE: it does not.
serial=2006021512
met() {
    serial=$((serial + 1))
    no_error "$(update "prereq $1" "update add p$serial.$Z 60 A 192.168.1.108")"
    equal "met: $1" 192.168.1.108 "$(answer prim p$serial.$Z A)"
}
unmet() {
    equal "not met: $3" "update failed: $1
[exit 2]" "$(update "prereq $3" "update add wrong.$Z 60 A 192.168.1.109")"
    logs prim "updating zone '$Z/IN': update unsuccessful: $2 prerequisite not satisfied \\($1\\)$"
    equal "nothing has changed" "$serial " "$(serial_of prim $Z) $(answer prim wrong.$Z A)"
}
met "yxdomain nebula.$Z"
unmet NXDOMAIN "void.$Z: 'name in use'" "yxdomain void.$Z"
met "nxdomain void.$Z"
unmet YXDOMAIN "nebula.$Z: 'name not in use'" "nxdomain nebula.$Z"
met "yxrrset nebula.$Z A"
unmet NXRRSET "nebula.$Z/TXT: 'rrset exists \(value independent\)'" "yxrrset nebula.$Z TXT"
met "yxrrset nebula.$Z A 192.168.1.100"
unmet NXRRSET "nebula.$Z/A: 'RRset exists \(value dependent\)'" "yxrrset nebula.$Z A 192.168.1.99"
met "nxrrset nebula.$Z TXT"
unmet YXRRSET "nebula.$Z/A: 'rrset does not exist'" "nxrrset nebula.$Z A"

row=A9
# Class IN in the update section adds; ANY deletes an RRset or a name; NONE one record.
PYTHONPATH=$(dirname "$0") /usr/bin/python3 - "${dns_port[prim]}" >"$WORK/wire" 2>&1 <<'END'
import sys
from kz_update import ANY, IN, NONE, send_udp, update
from kz_wire import Reply, rcode_name
N, OUT = "nebula.example.com", "www.example.org"
# What, expected, zone, its type and class, prerequisites, updates.  A record: owner, type, class, TTL, RDATA.
for what, expected, zone, ztype, zclass, prerequisites, updates in (
    ("an empty update", "NOERROR", "example.com", 6, IN, (), ()),
    ("the zone's type is not SOA", "FORMERR", "example.com", 1, IN, (), ()),
    ("a zone that is not here", "NOTAUTH", "example.net", 6, IN, (), ()),
    ("a name below a zone", "NOTAUTH", "nebula.example.com", 6, IN, (), ()),
    ("a class that no view serves", "REFUSED", "example.com", 6, 4, (), ()),
    ("prerequisite: TTL is not 0", "FORMERR", "example.com", 6, IN, ((N, "A", ANY, 5),), ()),
    ("prerequisite: ANY with RDATA", "FORMERR", "example.com", 6, IN, ((N, "A", ANY, 0, "10.0.0.1"),), ()),
    ("prerequisite: NONE with RDATA", "FORMERR", "example.com", 6, IN, ((N, "A", NONE, 0, "10.0.0.1"),), ()),
    ("prerequisite: a class that is none", "FORMERR", "example.com", 6, IN, ((N, "TXT", 4, 0, "x"),), ()),
    ("prerequisite: out of the zone", "NOTZONE", "example.com", 6, IN, ((OUT, "ANY", ANY, 0),), ()),
    ("update: out of the zone", "NOTZONE", "example.com", 6, IN, (), ((OUT, "A", IN, 5, "10.0.0.1"),)),
    ("update: ANY with TTL", "FORMERR", "example.com", 6, IN, (), ((N, "A", ANY, 5),)),
    ("update: ANY with RDATA", "FORMERR", "example.com", 6, IN, (), ((N, "A", ANY, 0, "10.0.0.1"),)),
    ("update: NONE with TTL", "FORMERR", "example.com", 6, IN, (), ((N, "A", NONE, 5, "10.0.0.1"),)),
    ("update: a class that is none", "FORMERR", "example.com", 6, IN, (), ((N, "TXT", 4, 0, "x"),)),
    ("update: type ANY added", "FORMERR", "example.com", 6, IN, (), ((N, "ANY", IN, 5),)),
    ("update: good, then bad: nothing of it", "FORMERR", "example.com", 6, IN, (),
     ((N, "A", ANY, 0), (N, "A", ANY, 5))),
    ("update: bytes that are cut off", "FORMERR", "example.com", 6, IN, (), (b"\3cut",)),
):
    reply = send_udp(int(sys.argv[1]), update(9, zone, prerequisites, updates, (), ztype, zclass))
    got = rcode_name(Reply(reply).rcode) if reply else "no reply"
    print(("ok" if got == expected else "not ok"), "- A9", what + ":", got,
          "" if got == expected else f"(expected {expected})")
END
cat "$WORK/wire"
grep -q '^not ok' "$WORK/wire" && failures=$((failures + 1))
grep -q 'bytes that are cut off' "$WORK/wire" || not_ok "A9 all messages were sent"
serves prim $serial
equal "nothing was deleted" 192.168.1.100 "$(answer prim nebula.$Z A)"

# The second part begins with the zone as it was, and with secondaries.
row=setup:
stop_named prim
rm -f "$JOURNAL"
cp "$WORK/original.zone" "$ZONE_FILE"
secondaries="second"
[ -x "$BIND" ] && secondaries="second third"
for name in $secondaries; do
    rndc_setup "$name" "notify no;" <<END
zone "$Z" { type slave; masters { 127.0.0.1 port ${dns_port[prim]}; }; file "$Z.bak"; };
END
done
also_notify() { for n in "$@"; do printf '127.0.0.1 port %s; ' "${dns_port[$n]}"; done; }
rndc_setup prim "allow-transfer { 127.0.0.1; }; notify-delay 0; max-ixfr-ratio unlimited;
    notify explicit; also-notify { $(also_notify $secondaries) };" <<END
zone "$Z" { type master; file "$Z.zone"; allow-update { 127.0.0.1; }; };
END
for name in $secondaries; do    # rndc_setup gave prim another port
    sed -i "s/masters {[^}]*}/masters { 127.0.0.1 port ${dns_port[prim]}; }/" "$WORK/$name.conf"
done
start_secondary() {
    case $1 in
    third) start_bind third || not_ok "$row BIND starts" ;;
    *) start "$1" ;;
    esac
}
start prim

row=A10
for name in $secondaries; do
    start_secondary $name
    logs $name "zone $Z/IN: Transfer started\.$"
    logs $name "zone $Z/IN: transferred serial 2006021501"
    logs $name "transfer of '$Z/IN' from 127.0.0.1#[0-9]+: Transfer status: success"
    logs prim "client .*: transfer of '$Z/IN': AXFR started( \(serial 2006021501\))?"
    logs prim "client .*: transfer of '$Z/IN': AXFR ended"
    serves $name 2006021501
    check "A10 $name keeps the copy in its file" wait_for 10 test -s "$WORK/$name/$Z.bak"
done

row=A11
no_error "$(update "update delete stardust.$Z" "update add galaxy.$Z 86400 A 192.168.1.102")"
logs prim "updating zone '$Z/IN': delete all rrsets from name 'stardust.$Z'$"
logs prim "updating zone '$Z/IN': adding an RR at 'galaxy.$Z' A 192.168.1.102$"
serves prim 2006021502
logs prim "zone $Z/IN: sending notifies \(serial 2006021502\)$"
for name in $secondaries; do
    logs $name "client .*127.0.0.1#[0-9]+: received notify for zone '$Z'$"
    logs $name "zone $Z/IN: notify from 127.0.0.1#[0-9]+: serial 2006021502$"
    serves $name 2006021502
    logs $name "zone $Z/IN: transferred serial 2006021502"
    equal "$name: one is gone, the other there" 192.168.1.102 \
        "$(answer $name stardust.$Z A; answer $name galaxy.$Z A)"
    check "A11 $name has a journal of its own" test -s "$WORK/$name/$Z.bak.jnl"
    equal "$name: its journal says the same as the primary's" \
        "$(/usr/bin/named-journalprint "$JOURNAL")" \
        "$(/usr/bin/named-journalprint "$WORK/$name/$Z.bak.jnl")"
done
logs prim "client .*: transfer of '$Z/IN': IXFR started \(serial 2006021501 -> 2006021502\)$"
logs prim "client .*: transfer of '$Z/IN': IXFR ended"

row=A12
no_error "$(update "update add galaxy.$Z 86400 A 192.168.1.103")"
for name in $secondaries; do serves $name 2006021503; done
ixfr() { dig +norec +noall +answer +onesoa @127.0.0.1 -p "${dns_port[prim]}" $Z "$@" |
    awk '{print $1, $4, $5, $7}' | sed 's/ $//'; }
equal "IXFR over TCP is incremental" "$(cat <<END
$Z. SOA ns.$Z. 2006021503
$Z. SOA ns.$Z. 2006021502
$Z. SOA ns.$Z. 2006021503
galaxy.$Z. A 192.168.1.103
$Z. SOA ns.$Z. 2006021503
END
)" "$(ixfr +tcp IXFR=2006021502)"
equal "IXFR over UDP: the new SOA, the client goes on with TCP" "$Z. SOA ns.$Z. 2006021503" \
    "$(ixfr +notcp IXFR=2006021502)"
equal "IXFR of what one has: the SOA alone" "$Z. SOA ns.$Z. 2006021503" \
    "$(ixfr +tcp IXFR=2006021503)"
equal "without history a full transfer" "$(ixfr AXFR | sort)" \
    "$(ixfr +tcp IXFR=2006021400 | sort -u)"

row=A13
# `heard` stands in the zone's NS records, and here for a listed one too: it keeps what it is told.
heard_port=$(free_port)
PYTHONPATH=$(dirname "$0") /usr/bin/python3 - "$heard_port" >"$WORK/heard" 2>&1 <<'END' &
import sys, dns.message, dns.rdatatype, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.settimeout(60)
print("ready", flush=True)
wire, peer = s.recvfrom(65535)
notify = dns.message.from_wire(wire)
print(dns.opcode.to_text(notify.opcode()), notify.question[0], "|", *(r[0].serial for r in notify.answer
      if r.rdtype == dns.rdatatype.SOA), flush=True)
reply = dns.message.make_response(notify)
s.sendto(reply.to_wire(), peer)
END
heard_pid=$!
wait_for 10 grep -q ready "$WORK/heard"
sed -i "s/also-notify {[^}]*}/also-notify { 127.0.0.1 port $heard_port; }/" "$WORK/prim.conf"
equal "rndc reconfig" "[exit 0]" "$(r prim reconfig)"
heard_before=$(for n in $secondaries; do grep -c 'received notify' "$WORK/$n.log"; done)
no_error "$(update "update add nova.$Z 86400 A 192.168.1.107")"
wait $heard_pid
equal "NOTIFY carries the new SOA" "NOTIFY $Z. IN SOA | 2006021504" "$(tail -1 "$WORK/heard")"
equal "only the listed one is told, neither the others nor the NS" "$heard_before" \
    "$(for n in $secondaries; do grep -c 'received notify' "$WORK/$n.log"; done)"
ours && equal "the log names it alone" "127.0.0.1#$heard_port" \
    "$(sed -n "/serial 2006021504/,\$ s/.*sending notify to \([^ ]*\).*/\1/p" "$WORK/prim.log")"
for name in $secondaries; do
    equal "rndc refresh asks without being told" "[exit 0]" "$(r $name refresh $Z | tail -1)"
    serves $name 2006021504
done
for name in $secondaries; do
    stop_named $name KILL
    start_secondary $name
    serves $name 2006021504
    stop_named $name
done
stop_named prim
equal "named ends well" 0 $?
finish
