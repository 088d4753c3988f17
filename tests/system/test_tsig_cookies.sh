#!/bin/bash
# Signed queries and cookies, asked with dig: every algorithm, wrong keys and secrets, an ACL that
# wants a key; cookies that BIND's servers would take, and require-server-cookie.
. "$(dirname "$0")/lib.sh"

port=$(free_port)
secret=c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ=
keys="hmac-md5 hmac-sha1 hmac-sha224 hmac-sha256 hmac-sha384 hmac-sha512 hmac-sha1-80
hmac-sha256-128 hmac-sha512-256"
printf '%s\n' '$TTL 300' '@ SOA ns hostmaster 1 3600 600 86400 300' '@ NS ns' 'ns A 192.0.2.1' \
    'www A 192.0.2.2' >"$WORK/zone"

# config OPTIONS: one configuration for both kinds of server.
config() {
    for a in $keys; do echo "key \"k-$a\" { algorithm $a; secret \"$secret\"; };"; done
    cat <<END
options {
    listen-on port $port { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
    session-keyfile none; recursion no; dnssec-validation no; notify no; querylog yes; $1 };
zone "example.com" { type primary; file "zone"; };
zone "signed-only.test" { type primary; file "zone"; allow-query { key "k-hmac-sha256"; }; };
END
}

ask() { dig +norecurse +tries=1 +time=3 @127.0.0.1 -p "$port" "$@"; }
status() { ask "$@" 2>&1 | sed -n 's/^.*status: \([A-Z0-9]*\),.*/\1/p' | tail -1; }
verified() { ! ask "$@" 2>&1 | grep -qi "couldn't verify\|tsig verify failure\|;; WARNING"; }

config 'cookie-secret "00112233445566778899aabbccddeeff";
    cookie-secret "ffeeddccbbaa99887766554433221100";' >"$WORK/named.conf"
if start_named main -c named.conf; then ok "named starts"; else
    not_ok "named starts"
    sed 's/^/#   /' "$WORK/main.log"
    finish
fi

for a in $keys; do
    for how in "+notcp" "+tcp"; do
        signed=("$how" -y "$a:k-$a:$secret" www.example.com)
        check_equal "$a $how: answered" NOERROR "$(status "${signed[@]}")"
        check "$a $how: dig verifies the answer" verified "${signed[@]}"
    done
done
check_equal "an unknown key" NOTAUTH "$(status -y "hmac-sha256:nobody:$secret" www.example.com)"
check "… is logged" log_has main \
    'request has invalid signature: TSIG nobody: tsig verify failure \(BADKEY\)'
check_equal "another secret" NOTAUTH "$(status -y hmac-sha256:k-hmac-sha256:AAAA www.example.com)"
check "… is logged" log_has main \
    'request has invalid signature: TSIG k-hmac-sha256: tsig verify failure \(BADSIG\)'
check_equal "another algorithm" NOTAUTH \
    "$(status -y "hmac-sha1:k-hmac-sha256:$secret" www.example.com)"
check_equal "cut shorter than configured" NOTAUTH \
    "$(status -y "hmac-sha256-128:k-hmac-sha256:$secret" www.example.com)"
check_equal "a clock that is wrong" NOTAUTH \
    "$(status +fuzztime=1700000000 -y "hmac-sha256:k-hmac-sha256:$secret" www.example.com)"
check "… is logged" log_has main 'tsig verify failure \(BADTIME\)'
check_equal "allow-query wants a key: without" REFUSED "$(status www.signed-only.test)"
check_equal "allow-query wants a key: with" NOERROR \
    "$(status -y "hmac-sha256:k-hmac-sha256:$secret" www.signed-only.test)"
check_equal "allow-query wants a key: another" REFUSED \
    "$(status -y "hmac-sha1:k-hmac-sha1:$secret" www.signed-only.test)"

cookie_of() { ask "$@" | sed -n 's/^; COOKIE: \([0-9a-f]*\).*/\1/p'; }
fresh=$(cookie_of +cookie=0123456789abcdef www.example.com)
check_equal "a cookie comes back" 0123456789abcdef01000000 "${fresh:0:24}"
ask "+cookie=$fresh" www.example.com >/dev/null
check "a good one is logged as V" log_has main 'query: www.example.com IN A -E\(0\)V'
ask "+cookie=${fresh:0:46}00" www.example.com >/dev/null
check "a changed one is logged as K" log_has main 'query: www.example.com IN A -E\(0\)K'
check_equal "without require-server-cookie it is answered" NOERROR \
    "$(status +nobadcookie "+cookie=${fresh:0:46}00" www.example.com)"
stop_named main

config 'require-server-cookie yes; cookie-secret "ffeeddccbbaa99887766554433221100";
    cookie-secret "00112233445566778899aabbccddeeff";' >"$WORK/named.conf"
start_named strict -c named.conf || not_ok "named starts with require-server-cookie"
check_equal "require-server-cookie: none sent" NOERROR "$(status +nocookie www.example.com)"
check_equal "require-server-cookie: a client cookie alone" BADCOOKIE \
    "$(status +nobadcookie +cookie=0123456789abcdef www.example.com)"
check_equal "require-server-cookie: TCP" NOERROR \
    "$(status +tcp +cookie=0123456789abcdef www.example.com)"
check_equal "require-server-cookie: dig tries again" NOERROR \
    "$(status +badcookie +cookie=0123456789abcdef www.example.com)"
check_equal "a cookie of the secret before" NOERROR \
    "$(status +nobadcookie "+cookie=$fresh" www.example.com)"
stop_named strict

# Servers of both kinds behind one address: a cookie of one is good for the other.
if [ -x "${BIND:=/usr/sbin/named}" ]; then
    config 'require-server-cookie yes; cookie-secret "00112233445566778899aabbccddeeff";' \
        >"$WORK/named.conf"
    NAMED=$BIND start_named bind -c named.conf || not_ok "BIND starts"
    check_equal "our cookie, asked of BIND" NOERROR \
        "$(status +nobadcookie "+cookie=$fresh" www.example.com)"
    theirs=$(cookie_of +cookie=0123456789abcdef +nobadcookie www.example.com)
    stop_named bind
    start_named ours -c named.conf || not_ok "named starts"
    check_equal "BIND's cookie, asked of us" NOERROR \
        "$(status +nobadcookie "+cookie=$theirs" www.example.com)"
    stop_named ours
else
    skip "cookies shared with BIND: no $BIND (install bind9)"
fi
finish
