# rndc's commands about a zone's file (mission rows A5 to A7): freeze, edit, reload, thaw, sync,
# zonestatus.  Debian's BIND goes through the same steps beside us: its rndc must print the same
# for both, with the same exit status, and the log must say the same.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rndc_lib.sh"

zone_file() { # SERIAL [LINES…]
    local serial=$1
    shift
    printf '$TTL 3600\n@ SOA ns h %s 3600 900 604800 300\n NS ns\nns A 192.0.2.1\n' "$serial"
    printf '%s\n' "$@"
}

make_server() {
    rndc_setup "$1" "allow-transfer { any; };" <<'END'
zone "dyn.test" { type primary; file "dyn.db"; allow-update { 127.0.0.1; }; };
zone "more.test" { type primary; file "more.db"; allow-update { 127.0.0.1; }; };
zone "static.test" { type primary; file "static.db"; };
zone "bad.test" { type primary; file "bad.db"; };
zone "dynbad.test" { type primary; file "dynbad.db"; allow-update { 127.0.0.1; }; };
END
    zone_file 10 '$INCLUDE dyn.inc' >"$WORK/$1/dyn.db"
    echo "inc A 192.0.2.9" >"$WORK/$1/dyn.inc"
    zone_file 20 >"$WORK/$1/more.db"
    zone_file 30 >"$WORK/$1/static.db"
    zone_file 40 "www A 192.0.2.400" >"$WORK/$1/bad.db"
    cp "$WORK/$1/bad.db" "$WORK/$1/dynbad.db"
}

# The serial in a dumped file, and a new one there.
file_serial() { grep -o '^[^;]*; serial' "$WORK/$1/dyn.db" | tr -cd 0-9; }
edit_serial() { sed -i "s/$2 *; serial/$3 ; serial/" "$WORK/$1/dyn.db"; }

steps() {
    local s=$1
    show() { echo "> $*"; r "$s" "$@" | sed -E 's/^last loaded: .*/last loaded: T/; s/^(files: dyn.db), dyn.inc/\1/'; }
    # What zonestatus says beyond BIND's lines is looked at by itself.
    errors() { [ "$s" != ours ] || r ours zonestatus "$1" 2>&1 | grep '^last load error' >>"$WORK/errors"; }

    show reload dyn.test; show reload bad.test; show reload nozone.test; show reload static.test
    show reload static.test CH; show reload static.test IN noview; show reload a..b
    show freeze static.test; show freeze bad.test; show thaw static.test; show freeze nozone.test
    show sync static.test; show sync nozone.test; show zonestatus; show zonestatus bad.test
    errors bad.test
    show zonestatus dyn.test; show zonestatus static.test; show notify dyn.test
    show refresh dyn.test; show retransfer dyn.test; show showzone static.test
    u "$s" "update add a.dyn.test 300 A 192.0.2.3"
    echo "serial $(serial_of "$s" dyn.test), file $(grep -c 192.0.2.3 "$WORK/$s/dyn.db")"
    show freeze dyn.test; show freeze dyn.test
    wait_for 5 grep -q '11  *; serial' "$WORK/$s/dyn.db"    # BIND answers before it writes
    echo "file $(file_serial "$s")"; cat "$WORK/$s/dyn.db"; answer "$s" a.dyn.test A
    u "$s" "update add b.dyn.test 300 A 192.0.2.4"; show zonestatus dyn.test
    edit_serial "$s" 11 20; show reload dyn.test; wait_for 5 serial_is "$s" dyn.test 20
    echo "serial $(serial_of "$s" dyn.test)"; show thaw dyn.test
    u "$s" "update add b.dyn.test 300 A 192.0.2.4"; echo "serial $(serial_of "$s" dyn.test)"
    show sync dyn.test; wait_for 5 grep -q '21  *; serial' "$WORK/$s/dyn.db"
    echo "file $(file_serial "$s")"
    show freeze dyn.test; edit_serial "$s" 21 30; show thaw dyn.test
    wait_for 5 serial_is "$s" dyn.test 30; echo "serial $(serial_of "$s" dyn.test)"
    show freeze dyn.test; echo "x A 1.2.3.400" >>"$WORK/$s/dyn.db"; show thaw dyn.test
    wait_for 5 log_has "$s" 'dyn.test/IN: not loaded due to errors'
    show zonestatus dyn.test; errors dyn.test; sed -i '$d' "$WORK/$s/dyn.db"; show reload dyn.test
    wait_for 5 log_has "$s" 'serial \(30\) unchanged'; show thaw dyn.test; show thaw dyn.test
    errors dyn.test
    u "$s" "update add c.dyn.test 300 A 192.0.2.5"; show sync -clean dyn.test
    ls "$WORK/$s" | grep -v managed-keys
    u "$s" "update add d.more.test 300 A 192.0.2.6"; show sync; show sync -clean
    show freeze; show freeze; show thaw; show thaw; show freeze dynbad.test; show thaw dynbad.test
    zone_file 41 >"$WORK/$s/dynbad.db"; show thaw; serial_of "$s" dynbad.test; ls "$WORK/$s" | grep -v managed-keys
    show stop
}

make_server ours
make_server bind
start_named ours -c "$WORK/ours.conf" || not_ok "named starts"
steps ours >"$WORK/ours.out" 2>&1
ended ours
check_equal "named ends well" 0 $?
if [ -x "$BIND" ]; then
    start_bind bind || not_ok "BIND starts"
    steps bind >"$WORK/bind.out" 2>&1
    ended bind
    check_equal "rndc prints the same, and ours how a command is written" "$(cat "$WORK/bind.out")" \
        "$(grep -Ev "^usage: |^last load error: " "$WORK/ours.out")"
    check_equal "the log says the same" "$(said bind | sort)" "$(said ours | sort)"
else
    skip "Debian's BIND is not here to compare with"
fi

check "what was read while frozen is said" log_has ours 'zone dyn.test/IN: loaded serial 20'
check "so is a serial that stayed" log_has ours 'zone dyn.test/IN: zone serial \(30\) unchanged'
check "freeze wrote the update" grep -q '192.0.2.3' "$WORK/ours/dyn.db"
check_equal "zonestatus tells what is wrong with the file, until it has been read" \
    "bad.db:5 dyn.db:N" \
    "$(sed 's/.*fromtext: \([^:]*:[0-9]*\):.*/\1/; s/dyn.db:[1-9][0-9]*/dyn.db:N/' "$WORK/errors" | xargs)"
check "an update while frozen says so" log_has ours \
    "updating zone 'dyn.test/IN': update failed: dynamic update temporarily disabled"
finish
