# Lists of primaries within lists, keys from `server` statements, retransfer, NOTIFY to the SOA's
# server only, and the kinds of zones that load but are not served.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rndc_lib.sh"

zone_file() { # SERIAL [LINE]
    printf '$TTL 3600\n@ SOA ns h %s 3600 900 604800 300\n NS ns\nns A 127.0.0.1\n%s\n' "$1" "${2:-}"
}

# No question and no transfer of a.test is under way.
at_rest() { ! r sec zonestatus a.test | grep -q 'under way'; }

rndc_setup prim 'allow-transfer { key test-key; }; notify-to-soa yes; notify-delay 0;' <<'END'
server 127.0.0.1 { keys test-key; };
zone "a.test" { type primary; file "a.db"; };
END
zone_file 10 >"$WORK/prim/a.db"
rndc_setup sec 'notify no;' <<END
primaries inner port ${dns_port[prim]} { 127.0.0.1; };
primaries middle { inner; };
primaries outer { 127.0.0.2 port 1; middle; };
server 127.0.0.1 { keys test-key; };
zone "a.test" { type secondary; file "a.db"; masterfile-format text; primaries { outer; }; multi-master yes; };
zone "f.test" { type forward; forwarders { 127.0.0.1; }; };
zone "m.test" { type mirror; primaries { inner; }; };
zone "s.test" { type stub; primaries { inner; }; };
zone "t.test" { type static-stub; server-addresses { 127.0.0.1; }; };
zone "." { type redirect; file "r.db"; };
END
start_named prim -c "$WORK/prim.conf" || not_ok "the primary starts"
check "notify-to-soa: the SOA's server is told, too" \
    wait_for 5 log_has prim 'zone a.test/IN: sending notify to 127.0.0.1#53 : TSIG \(test-key\)'
start_named sec -c "$WORK/sec.conf" || not_ok "the secondary starts"
check "a list in a list in a list is followed" wait_for 5 serial_is sec a.test 10
check "signed by the key of the server statement" log_has sec "transferred serial 10: TSIG 'test-key'"
for type in forward mirror stub static-stub redirect; do
    check_equal "type $type loads with one warning" 1 \
        "$(grep -c "type $type is for resolvers: accepted, not served" "$WORK/sec.log")"
done
check_equal "such a zone is not served" "REFUSED" \
    "$(dig +norec @127.0.0.1 -p "${dns_port[sec]}" m.test SOA | sed -n 's/.*status: \([A-Z]*\).*/\1/p')"

zone_file 5 "back A 192.0.2.5" >"$WORK/prim/a.db"
r prim reload -wait a.test >/dev/null
r sec refresh a.test >/dev/null
wait_for 5 at_rest
check_equal "multi-master: a lower serial is no news" 0 "$(grep -c 'received from primary.*< ours' "$WORK/sec.log")"
check_equal "retransfer is taken" "[exit 0]" "$(r sec retransfer a.test | tail -1)"
check "and takes a serial that went back" wait_for 5 serial_is sec a.test 5
check_equal "with its records" 192.0.2.5 "$(answer sec back.a.test A)"
zone_file 6 "on A 192.0.2.6" >"$WORK/prim/a.db"
r prim reload -wait a.test >/dev/null
r sec refresh a.test >/dev/null
check "then it goes on" wait_for 5 serial_is sec a.test 6
stop_named sec
stop_named prim
finish
