#!/bin/bash
# The session key for nsupdate -l: made at the start, as configured, known in every view, readable
# by its owner only, kept over reloads that do not change it, gone with the server.
. "$(dirname "$0")/lib.sh"

port=$(free_port)
printf '%s\n' '$TTL 300' '@ SOA ns hostmaster 1 3600 600 86400 300' '@ NS ns' 'ns A 192.0.2.1' \
    | tee "$WORK/zone" >"$WORK/zone2"

# config OPTIONS [ZONE-OPTIONS]
config() {
    cat <<END >"$WORK/named.conf"
options { listen-on port $port { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
    recursion no; $1 };
view inside { match-clients { key local-ddns; };
    zone "example.com" { type primary; file "zone"; ${2-} allow-query { key local-ddns; }; }; };
view outside { zone "example.com" { type primary; file "zone2"; allow-query { none; }; }; };
END
}

ask() { dig +norecurse +tries=1 +time=3 @127.0.0.1 -p "$port" "$@" example.com SOA 2>&1; }
status() { ask "$@" | sed -n 's/^.*status: \([A-Z0-9]*\),.*/\1/p' | tail -1; }
reload() { # and wait until it is over
    local n
    n=$(grep -c 'reloading zones succeeded' "$WORK/main.log")
    kill -HUP "${server_pid[main]}"
    wait_for 10 reloaded_more_than "$n"
}
reloaded_more_than() { [ "$(grep -c 'reloading zones succeeded' "$WORK/main.log")" -gt "$1" ]; }

config 'session-keyfile "session.key";' 'update-policy local;'
start_named main -c named.conf || { not_ok "named starts"; cat "$WORK/main.log"; finish; }
check "the log says so" log_has main 'generating session key for dynamic DNS$'
check_equal "only its owner may read it" 600 "$(stat -c %a "$WORK/session.key")"
check_equal "the file's form" 'key "local-ddns" {
	algorithm hmac-sha256;
	secret "";
};' "$(sed 's/secret ".*"/secret ""/' "$WORK/session.key")"
check_equal "32 bytes of secret" 32 \
    "$(sed -n 's/.*secret "\(.*\)".*/\1/p' "$WORK/session.key" | base64 -d | wc -c)"
check_equal "the view that wants it is found with it" NOERROR "$(status -k "$WORK/session.key")"
check_equal "… and not without" REFUSED "$(status)"

cp "$WORK/session.key" "$WORK/before"
check "a reload" reload
check "… keeps the key" cmp "$WORK/before" "$WORK/session.key"
check_equal "… and it still works" NOERROR "$(status -k "$WORK/before")"

config 'session-keyfile "other.key"; session-keyname "Local-DDNS"; session-keyalg hmac-sha512;'
check "a reload with another file and algorithm" reload
check "… removes the old file" test ! -e "$WORK/session.key"
check "… and writes the new one" grep -q 'hmac-sha512' "$WORK/other.key"
check_equal "… which works" NOERROR "$(status -k "$WORK/other.key")"
check_equal "… while the old key does not" NOTAUTH "$(status -k "$WORK/before")"

stop_named main
check_equal "stopped cleanly" 0 $?
check "the file goes with the server" test ! -e "$WORK/other.key"

config 'session-keyfile "no/such/folder/key";' 'update-policy local;'
start_named main -c named.conf || not_ok "named starts without a key"
check "a file that cannot be made" log_has main 'could not create no/such/folder/key'
check "… is told with its reason" log_has main \
    'failed to generate session key for dynamic DNS: '
check "… and whose zone is without it" log_has main \
    'failed to enable auto DDNS policy for zone example.com: session key not found'
stop_named main
config 'session-keyfile none;'
start_named main -c named.conf || not_ok "named starts without a key"
check "none: nothing is made" test -z "$(ls "$WORK"/*.key 2>/dev/null)"
stop_named main
finish
