#!/bin/bash
# The example that ./run serves: each line that ./run prints for pasting gives what it promises.
. "$(dirname "$0")/lib.sh"

port=$(free_port) control=$(free_port) second=$(free_port)
cp "$SRC"/doc/examples/* "$WORK"
sed -i "s/port 5300/port $port/; s/port 9530/port $control/; s/port 5301/port $second/" "$WORK"/*.conf

cd "$WORK" || exit 1
rndc-confgen -a -q -c "$WORK/rndc.key"
check "the example configuration is right" named-checkconf -z "named.conf"
if start_named example -c named.conf; then ok "named starts"; else
    not_ok "named starts"
    sed 's/^/#   /' "$WORK/example.log"
    finish
fi

# A1: what people watch for on the terminal, in this order.
for line in 'starting ' "loading configuration from '.*/named.conf'" \
    'zone example.com/IN/inside: loaded serial 2006021501$' \
    'zone signed.example/IN/inside: loaded serial 1 \(DNSSEC signed\)$' \
    'all zones loaded$' ' running$'; do
    check "the log says \"$line\"" log_has example "$line"
done

ask() { dig +norecurse +tries=2 +time=3 @127.0.0.1 -p "$port" "$@"; }
# answers WHAT EXPECTED QUESTION…: the records of the answer section, without TTLs and space.
answers() {
    local what=$1 expected=$2
    shift 2
    check_equal "$what" "$expected" "$(ask +noall +answer "$@" | awk '{$2 = $3 = ""; $1 = $1; print}' |
        tr -s ' ')"
}

answers "an alias and its address" \
    "www.example.com. CNAME nebula.example.com.
nebula.example.com. A 192.168.1.10" www.example.com
answers "a wildcard's MX" "anybody.users.example.com. MX 30 mail.example.com." \
    anybody.users.example.com mx
answers "no wildcard for a name that exists" "" desk.users.example.com mx
answers "a generated address" "host-107.example.com. A 192.168.1.107" host-107.example.com
answers "the reverse zone" "10.1.168.192.in-addr.arpa. PTR nebula.example.com." -x 192.168.1.10
answers "split, from the inside" "portal.split.example. A 192.168.1.80" portal.split.example
answers "split, from the outside" "portal.split.example. A 203.0.113.80" \
    -b 127.0.0.2 portal.split.example
answers "the other zones, from the outside" "nebula.example.com. A 192.168.1.10" \
    -b 127.0.0.2 nebula.example.com

has() { ask "${@:2}" | grep -Eq -- "$1"; }
check "a name only inside is absent outside" has 'status: NXDOMAIN' -b 127.0.0.2 payroll.split.example
check "a referral with glue" has '^ns\.branch\.example\.com\..*192\.168\.3\.1' host.branch.example.com
check "a proof that there is nothing" has '^mail\.signed\.example\..*NSEC' \
    +dnssec nothing.signed.example a
check "the proof is signed" has 'RRSIG.*NSEC 13' +dnssec nothing.signed.example a
check "no proof when nobody asks" has 'ANSWER: 0, AUTHORITY: 1,' nothing.signed.example a
check "authoritative, no recursion" has '^;; flags: qr aa;' www.example.com
check "foreign names are refused" has 'status: REFUSED' www.example.org
check "over TCP" has 'status: NOERROR.*' +tcp www.example.com
check "who answers" has 'version\.bind\..*CH.*TXT' ch txt version.bind

# What ./run prints of updates, rndc and a secondary; BIND's tools do the same.
for nsupdate in "$BUILD/tools/nsupdate" /usr/bin/nsupdate; do
    for name in galaxy comet; do
        check "$nsupdate -l adds $name" "$nsupdate" -l -p "$port" -k session.key <<<"\
update add $name.dynamic.example 300 A 192.168.1.102
send"
        answers "it is answered" "$name.dynamic.example. A 192.168.1.102" $name.dynamic.example
        check "and goes" "$nsupdate" -l -p "$port" -k session.key <<<"\
update delete $name.dynamic.example
send"
    done
done
for rndc in "$BUILD/tools/rndc" /usr/sbin/rndc; do
    check "$rndc status" grep -q 'server is up and running' \
        <("$rndc" -p "$control" -k rndc.key status)
    check "$rndc zonestatus" grep -q 'dynamic: yes' \
        <("$rndc" -p "$control" -k rndc.key zonestatus dynamic.example)
done
if start_named secondary -c secondary.conf; then ok "the secondary starts"; else
    not_ok "the secondary starts"
fi
same_serial() {
    local mine
    mine=$(dig +short @127.0.0.1 -p "$second" dynamic.example soa | cut -d' ' -f3)
    [ -n "$mine" ] && [ "$mine" = "$(ask +short dynamic.example soa | cut -d' ' -f3)" ]
}
check "it takes the zone" wait_for 10 same_serial
check "and hears of an update" nsupdate -l -p "$port" -k session.key <<<"\
update add nova.dynamic.example 300 A 192.168.1.103
send"
nova_is_there() { [ "$(dig +short @127.0.0.1 -p "$second" nova.dynamic.example)" = 192.168.1.103 ]; }
check "it follows" wait_for 10 nova_is_there
stop_named secondary
stop_named example
check_equal "named ends with status 0" 0 $?
check "it says so" log_has example 'exiting$'
finish
