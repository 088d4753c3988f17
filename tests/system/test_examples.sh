#!/bin/bash
# The example that ./run serves: each line that ./run prints for pasting gives what it promises.
. "$(dirname "$0")/lib.sh"

port=$(free_port)
cp "$SRC"/doc/examples/* "$WORK"
sed -i "s/port 5300/port $port/" "$WORK/named.conf"

cd "$WORK" || exit 1
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
stop_named example
check_equal "named ends with status 0" 0 $?
check "it says so" log_has example 'exiting$'
finish
