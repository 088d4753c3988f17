# rndc addzone, modzone, delzone, showzone: texts as BIND's, queries that never stop, zones that are
# still there after a restart, mistakes that are told to who asked.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rndc_lib.sh"

make_server() { # NAME
    rndc_setup "$1" <<'END'
view "plain" {
    match-clients { any; };
    allow-new-zones yes;
    zone "conf.test" { type primary; file "conf.db"; };
};
view "Upper" { match-clients { 127.0.0.2; }; allow-new-zones yes; new-zones-directory "kept"; };
view "closed" { match-clients { 127.0.0.3; }; zone "closed.test" { type primary; file "conf.db"; }; };
END
    mkdir "$WORK/$1/kept"
    printf '$TTL 300\n@ SOA ns h 7 3600 900 604800 300\n NS ns\nns A 192.0.2.1\n' >"$WORK/$1/conf.db"
    cp "$WORK/$1/conf.db" "$WORK/$1/new.db"
    cp "$WORK/$1/conf.db" "$WORK/$1/other.db"
    echo 'www A 1.2.3.400' | cat "$WORK/$1/conf.db" - >"$WORK/$1/bad.db"
}

# What only one of the two says: more words about a mistake, and the database of the other.
# A line of ours that tells the mistake itself begins with the command or names the file.
plain_text() { grep -vE "^(addzone|modzone): |^dns_rdata_fromtext|^zone [^ ]*: loading|configure_zone failed"; }

steps() {
    local s=$1
    show() { echo "> $*"; r "$s" "$@" | plain_text | sed -E 's/^last loaded: .*/last loaded: T/; s/ in plain \{/ {/'; }

    show addzone; show addzone new.test; show addzone 'new.test in plain { type primary; };'
    show addzone 'new.test in plain { type primary; file "none.db"; };'
    show addzone 'new.test in plain { type primary; file "bad.db"; };'
    show addzone 'new.test in plain { type primary; file "new.db" '
    show addzone 'new.test in plain { type primary; file "new.db"; nosuch yes; };'
    show addzone 'new.test in plain { type hint; file "new.db"; };'
    show addzone 'new.test { type primary; file "new.db"; };'
    show addzone 'new.test in noview { type primary; file "new.db"; };'
    show addzone 'new.test in closed { type primary; file "new.db"; };'
    show addzone 'new.test in plain { type primary; file "new.db"; };'
    answer "$s" new.test SOA
    show addzone 'new.test in plain { type primary; file "new.db"; };'
    show addzone 'conf.test in plain { type primary; file "new.db"; };'
    show addzone 'up.test IN Upper { type primary; file "other.db"; allow-query { !10.0.0.1; any; }; };'
    show showzone new.test; show showzone up.test; show showzone conf.test; show showzone closed.test
    show zonestatus new.test; show zonestatus conf.test
    show modzone 'none.test in plain { type primary; file "new.db"; };'
    show modzone 'new.test in closed { type primary; file "new.db"; };'
    show modzone 'new.test in plain { type primary; nosuch 1; };'
    show modzone 'new.test in plain { type primary; file "new.db"; notify no; };'
    show modzone 'conf.test in plain { type primary; file "conf.db"; notify no; };'
    show showzone new.test; show showzone conf.test
    show delzone none.test; show delzone; show delzone conf.test
    show showzone conf.test; answer "$s" conf.test SOA
    show reload; wait_for 5 serial_is "$s" conf.test 7; answer "$s" conf.test SOA
    show addzone 'temp.test in plain { type primary; file "temp.db"; };'
    cp "$WORK/$s/new.db" "$WORK/$s/temp.db"
    show addzone 'temp.test in plain { type primary; file "temp.db"; };'
    show delzone -clean temp.test
    test -e "$WORK/$s/temp.db" && echo "temp.db is there"
    show addzone 'gone.test in plain { type primary; file "new.db"; };'; show delzone gone.test
    show stop
}

make_server ours
make_server bind
start_named ours -c "$WORK/ours.conf" || not_ok "named starts"
steps ours >"$WORK/ours.out" 2>&1
ended ours
check_equal "named ends well" 0 $?
if [ -x "$BIND" ]; then
    start_bind bind || not_ok "Debian's named starts"
    steps bind >"$WORK/bind.out" 2>&1
    ended bind
    # ours shows beside a mistake how the command is written
    check_equal "rndc prints the same" "$(cat "$WORK/bind.out")" \
        "$(grep -v "^usage: " "$WORK/ours.out")"
    check_equal "the log says the same" "$(said bind | grep -v ' loaded')" \
        "$(said ours | grep -v ' loaded')"
else
    skip "Debian's BIND is not here to compare with"
fi

check_equal "added zones stand in the view's file" '# New zone file for view: plain
# This file contains configuration for zones added by
# the '"'rndc addzone'"' command. DO NOT EDIT BY HAND.
zone "new.test" { type primary; file "new.db"; notify no; };' "$(cat "$WORK/ours/plain.nzf")"
upper=$(printf Upper | sha256sum | cut -c1-16)
check "a view whose name is no file name has a hash" \
    grep -q '^zone "up.test" { .*"any"; }; };$' "$WORK/ours/kept/$upper.nzf"

start_named ours -c "$WORK/ours.conf" || not_ok "named starts again"
check_equal "an added zone is there after a restart" 7 "$(serial_of ours new.test)"
check_equal "it can be changed" yes \
    "$(r ours zonestatus new.test | sed -n 's/^reconfigurable via modzone: //p')"
check "mistakes come with their place" grep -q "bad.db:5: near '1.2.3.400': bad dotted quad" \
    <(r ours addzone 'x.test in plain { type primary; file "bad.db"; };')
check "and with what is wrong" grep -q "unknown option 'nosuch'" \
    <(r ours addzone 'x.test in plain { type primary; file "new.db"; nosuch yes; };')
check "no two zones write one file" grep -q "writeable file 'new.db': already in use" \
    <(r ours addzone 'x.test in plain { type primary; file "new.db"; allow-update { any; }; };')

# A mistake in named.conf that nobody asked for does not matter; queries go on all the while.
echo "nonsense;" >>"$WORK/ours.conf"
for i in 1 2 3 4 5 6 7 8; do
    cp "$WORK/ours/new.db" "$WORK/ours/n$i.db"
    r ours addzone "n$i.test in plain { type primary; file \"n$i.db\"; allow-update { any; }; };"
done >"$WORK/many.out"
check_equal "named.conf is not read for it" 8 "$(grep -c 'exit 0' "$WORK/many.out")"
check_equal "each of them serves" 8 \
    "$(for i in 1 2 3 4 5 6 7 8; do serial_of ours "n$i.test"; done | grep -c 7)"
u ours "update add a.n1.test 300 A 192.0.2.1"
check_equal "and takes updates" 8 "$(serial_of ours n1.test)"
check_equal "the reload of a wrong file keeps them" "[exit 1]" "$(r ours reload | tail -1)"
check_equal "with their changes" 8 "$(serial_of ours n1.test)"
sed -i '$d' "$WORK/ours.conf"
r ours reload >/dev/null
check_equal "a good reload, too" 8 "$(serial_of ours n1.test)"
r ours delzone n1.test >/dev/null
check_equal "a deleted zone is gone" "" "$(serial_of ours n1.test)"
check "from the file, too" [ "$(grep -c n1.test "$WORK/ours/plain.nzf")" = 0 ]
stop_named ours
check_equal "named ends well" 0 $?

touch "$WORK/ours/plain.nzd"
rm "$WORK/ours/plain.nzf"
start_named ours -c "$WORK/ours.conf" || not_ok "named starts beside BIND's database"
check "a database of BIND's is not overlooked" log_has ours "run .named-nzd2nzf .*/plain.nzd"
stop_named ours
finish
