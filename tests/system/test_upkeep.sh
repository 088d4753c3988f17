# Zone files are kept up with updates: written whole on sync, freeze and at the end, with mode
# and owner as they were; what cannot be written is told, kept in the journal, and written later.
# Journals do not grow for ever.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rndc_lib.sh"

ZONES=60
DISK=$WORK/disk
full=no
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$DISK" && mount -t tmpfs -o size=64k tmpfs "$DISK" 2>/dev/null && full=yes
    trap 'mountpoint -q "$DISK" && umount "$DISK"; clean_up' EXIT
fi

zone_file() { printf '$TTL 3600\n@ SOA ns h 1 3600 900 604800 300\n NS ns\nns A 192.0.2.1\n'; }
in_file() { grep -q "$1" "$WORK/up/$2"; }
updated_zones() { (cd "$WORK/up" && cat z*.db) | grep -c 192.0.2.9; }
add() { u up "update add $1 300 A ${2:-192.0.2.9}"; }

{
    echo 'zone "a.test" { type primary; file "a.db"; allow-update { any; }; };'
    echo 'zone "link.test" { type primary; file "link.db"; allow-update { any; }; };'
    echo 'zone "full.test" { type primary; file "full.db"; masterfile-style full; allow-update { any; }; };'
    echo 'zone "raw.test" { type primary; file "raw.db"; masterfile-format raw; allow-update { any; }; };'
    echo 'zone "short.test" { type primary; file "short.db"; max-journal-size 4k; allow-update { any; }; };'
    [ $full = no ] || echo "zone \"disk.test\" { type primary; file \"$DISK/disk.db\";
        journal \"disk.jnl\"; allow-update { any; }; };"
    for ((i = 0; i < ZONES; i++)); do
        echo "zone \"z$i.test\" { type primary; file \"z$i.db\"; allow-update { any; }; };"
    done
} >"$WORK/zones"
rndc_setup up <"$WORK/zones"
for name in a link full short $(seq -f 'z%g' 0 $((ZONES - 1))); do
    zone_file >"$WORK/up/$name.db"
done
echo '$INCLUDE more.inc' >>"$WORK/up/a.db"
echo 'more A 192.0.2.7' >"$WORK/up/more.inc"
mv "$WORK/up/link.db" "$WORK/up/real.db"
ln -s real.db "$WORK/up/link.db"
zone_file >"$WORK/raw.text"
named-compilezone -q -F raw -o "$WORK/up/raw.db" raw.test "$WORK/raw.text" 2>/dev/null
[ $full = no ] || zone_file >"$DISK/disk.db"
chmod 640 "$WORK/up/a.db"
[ "$(id -u)" != 0 ] || chown 1:1 "$WORK/up/a.db"
before=$(stat -c '%a %u %g' "$WORK/up/a.db")

start_named up -c "$WORK/up.conf" || not_ok "named starts"
add w.a.test; add w.link.test; add w.full.test; add w.raw.test
check "the file waits" [ "$(grep -c 192.0.2.9 "$WORK/up/a.db")" = 0 ]
check_equal "sync" "[exit 0]" "$(r up sync a.test)"
check "writes it" in_file '^w.*192.0.2.9' a.db
check "with what it included" in_file '^more.*192.0.2.7' a.db
check_equal "mode and owner stay" "$before" "$(stat -c '%a %u %g' "$WORK/up/a.db")"
check_equal "nothing is left beside it" "a.db a.db.jnl" \
    "$(cd "$WORK/up" && echo a.db*)"
check_equal "sync of all" "[exit 0]" "$(r up sync)"
check "a link stays, what it names is written" [ -L "$WORK/up/link.db" ]
check "there" in_file 192.0.2.9 real.db
check "masterfile-style full" in_file '^w.full.test.[^0-9]*300 IN A[^0-9]*192.0.2.9' full.db
check_equal "masterfile-format raw" "w.raw.test." \
    "$(named-compilezone -q -f raw -o - raw.test "$WORK/up/raw.db" 2>/dev/null |
        sed -n 's/[ 	].*192\.0\.2\.9$//p')"

for ((i = 0; i < 80; i++)); do echo "update add n$i.short.test 300 A 192.0.2.1"; echo send; done |
    { echo "server 127.0.0.1 ${dns_port[up]}"; cat; } | "$NSUPDATE" 2>&1
long=$(stat -c %s "$WORK/up/short.db.jnl")
r up sync short.test >/dev/null
short=$(stat -c %s "$WORK/up/short.db.jnl")
check "a long journal ($long bytes) becomes short ($short)" [ $((short < 4096 && long > 8192)) = 1 ]
add last.short.test
check_equal "and takes updates" 82 "$(serial_of up short.test)"
check_equal "sync -clean" "[exit 0]" "$(r up sync -clean short.test)"
check "removes it" [ ! -e "$WORK/up/short.db.jnl" ]
add again.short.test
check "until the next update" [ -e "$WORK/up/short.db.jnl" ]

if [ $full = yes ]; then
    add one.disk.test
    dd if=/dev/zero of="$DISK/fill" bs=4k count=100 2>/dev/null
    check_equal "a full disk fails a sync" "rndc: 'sync' failed: disc full
[exit 1]" "$(r up sync disk.test)"
    check "with the cause in the log" log_has up "dumping to master file: $DISK/disk.db: disc full"
    check "and when it is tried again" log_has up \
        "zone disk.test/IN: dump failed: disc full: .* trying again in 60 seconds"
    check_equal "a freeze fails" "rndc: 'freeze' failed: disc full
[exit 1]" "$(r up freeze disk.test)"
    check_equal "the old file is whole" "$(zone_file)" "$(cat "$DISK/disk.db")"
    check_equal "nothing is left beside it" "disk.db fill" "$(ls "$DISK" | xargs)"
    add two.disk.test
    check_equal "updates go on" 192.0.2.9 "$(answer up two.disk.test A)"
    rm "$DISK/fill"
    check_equal "with room it heals" "[exit 0]" "$(r up freeze disk.test)"
    check "and nothing is lost" [ "$(grep -c 192.0.2.9 "$DISK/disk.db")" = 2 ]
    r up thaw disk.test >/dev/null
else
    skip "a full disk wants root"
fi

for ((i = 0; i < ZONES; i++)); do echo "zone z$i.test"; echo "update add x.z$i.test 300 A 192.0.2.9"
    echo send; done | { echo "server 127.0.0.1 ${dns_port[up]}"; cat; } | "$NSUPDATE" 2>&1
r up halt >/dev/null
ended up
check_equal "halt writes nothing" 0 "$(updated_zones)"
start_named up -c "$WORK/up.conf" || not_ok "named starts again"
check_equal "the journal has it" 192.0.2.9 "$(answer up x.z3.test A)"
add late.a.test
stop_named up
check_equal "a signal ends it well" 0 $?
check "saying what it does" log_has up ' shutting down: flushing changes$'
check_equal "the end writes every zone" $ZONES "$(updated_zones)"
check "also what has just come" in_file '^late' a.db
check_equal "and no more than that" "" "$(cd "$WORK/up" && ls | grep -E -- '-......$')"
finish
