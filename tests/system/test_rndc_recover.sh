# Mission row A4: a zone file that was edited by hand while updates were only in the journal.  The
# zone does not load and says how to recover; `rndc recover` does it, each of its ways.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rndc_lib.sh"

zone_file() { # SERIAL [LINE]
    printf '$TTL 3600\n@ SOA ns h %s 3600 900 604800 300\n NS ns\nns A 192.0.2.1\n%s\n' "$1" "${2:-}"
}

for way in file journal merge clash; do
    echo "zone \"$way.test\" { type primary; file \"$way.db\"; allow-update { any; }; };"
done >"$WORK/zones"
rndc_setup rec <"$WORK/zones"
for way in file journal merge clash; do
    zone_file 10 "www A 192.0.2.7" >"$WORK/rec/$way.db"
done
start_named rec -c "$WORK/rec.conf" || not_ok "named starts"
for way in file journal merge clash; do
    u rec "update add new.$way.test 300 A 192.0.2.3"
done
u rec "update delete www.clash.test A" "update add www.clash.test 300 A 192.0.2.3"
r rec halt >/dev/null
ended rec
for way in file journal merge; do
    zone_file 20 "hand A 192.0.2.4" >"$WORK/rec/$way.db"
done
zone_file 20 "www A 192.0.2.4" >"$WORK/rec/clash.db"

start_named rec -c "$WORK/rec.conf" || not_ok "named starts with files that were edited"
check "the zone does not load" log_has rec \
    'zone merge.test/IN: journal rollforward failed: journal out of sync with zone'
check "what to do is said" log_has rec "rndc recover merge.test"
check_equal "queries get SERVFAIL" SERVFAIL "$(dig +norec @127.0.0.1 -p "${dns_port[rec]}" \
    merge.test SOA | sed -n 's/.*status: \([A-Z]*\).*/\1/p')"
r rec recover -n merge.test merge >"$WORK/look.out"
check_equal "-n only looks" "[exit 0]" "$(tail -1 "$WORK/look.out")"
check_equal "no zone came back" "" "$(serial_of rec merge.test)"
for way in file journal merge; do
    r rec recover "$way.test" "$way" >"$WORK/$way.out"
    check_equal "recover $way" "[exit 0]" "$(tail -1 "$WORK/$way.out")"
    check "says what serves" grep -q "zone $way.test/IN serves serial" "$WORK/$way.out"
    u rec "update add more.$way.test 300 A 192.0.2.5"
    check_equal "and updates go on" 192.0.2.5 "$(answer rec more.$way.test A)"
done
check_equal "file: the file serves" "192.0.2.4" "$(answer rec hand.file.test A; answer rec new.file.test A)"
check_equal "journal: what was updated serves" 192.0.2.3 "$(answer rec new.journal.test A)"
check_equal "merge: both" "192.0.2.4 192.0.2.3" \
    "$(echo $(answer rec hand.merge.test A; answer rec new.merge.test A))"
check_equal "a conflict does nothing" "[exit 1]" "$(r rec recover clash.test merge | tail -1)"
check_equal "until a side is told" "[exit 0]" \
    "$(r rec recover clash.test merge prefer=journal | tail -1)"
check "which wins" grep -qx 192.0.2.3 <(answer rec www.clash.test A)
check_equal "a zone that is well is left alone" \
    "rndc: 'recover' failed: failure
zone file.test/IN is loaded: there is nothing to recover
[exit 1]" "$(r rec recover file.test file)"
check "a wrong word gets the usage" grep -q '^usage: recover ' <(r rec recover file.test both)
stop_named rec
check_equal "named ends well" 0 $?
start_named rec -c "$WORK/rec.conf" || not_ok "named starts once more"
check_equal "with all of it" "192.0.2.4 192.0.2.3 192.0.2.5" \
    "$(echo $(for n in hand new more; do answer rec $n.merge.test A; done))"
stop_named rec
finish
