#!/bin/bash
# rndc-confgen, tsig-keygen and ddns-confgen: what they print has the shape of what BIND's print,
# BIND's named and rndc take it, and key files belong to nobody else.
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"
BIND_TOOLS=${BIND_TOOLS:-/usr/sbin}

# Secrets and program paths differ; a secret's length does not.
shape() { sed -E 's/secret "([^"]*)"/secret \1/; s/[A-Za-z0-9+\/=]{16,}$/&#/' |
    awk '/secret /{ print substr($0, 1, index($0, "secret") + 6) length($0); next } { print }'; }

compare() {
    local tool=$1 ours theirs status
    shift
    theirs=$("$BIND_TOOLS/$tool" "$@" 2>/dev/null | shape; echo "exit ${PIPESTATUS[0]}")
    ours=$("$BUILD/tools/$tool" "$@" 2>/dev/null | shape; echo "exit ${PIPESTATUS[0]}")
    check_equal "$tool $* prints what BIND's does" "$theirs" "$ours"
}

if [ -x "$BIND_TOOLS/rndc-confgen" ] && [ "$BIND_TOOLS/rndc-confgen" != "$BUILD/tools/rndc-confgen" ]; then
    while read -r tool arguments; do
        # shellcheck disable=SC2086 # a list
        compare "$tool" $arguments
    done <<'END'
rndc-confgen
rndc-confgen -k other -A hmac-sha512 -p 9953 -s ::1
rndc-confgen -A hmac-md5
rndc-confgen -A sha1
rndc-confgen -b 1
rndc-confgen -b 512
rndc-confgen -b 0
rndc-confgen -b 513
rndc-confgen -b x
rndc-confgen -A hmac-foo
rndc-confgen -s somewhere
rndc-confgen -p 65536
rndc-confgen -z
rndc-confgen -h
rndc-confgen -r /dev/random
rndc-confgen -a -c /nonexistent/key
rndc-confgen -a -u no-such-user
rndc-confgen surplus
tsig-keygen
tsig-keygen some.key
tsig-keygen -a hmac-md5 k
tsig-keygen -a HMAC-SHA1 k
tsig-keygen -a sha224 k
tsig-keygen -a hmac-sha384 k
tsig-keygen -a hmac-sha512 k
tsig-keygen -a hmac-sha256-128 k
tsig-keygen -a nothing
tsig-keygen one two
tsig-keygen -k one
tsig-keygen -r x
ddns-confgen
ddns-confgen -q
ddns-confgen -k a.key
ddns-confgen -s host.example.com
ddns-confgen -z example.com
ddns-confgen -z example.com -k a.key -a hmac-sha512
ddns-confgen -q -s host.example.com
ddns-confgen -s a -z b
ddns-confgen -r x
ddns-confgen surplus
END
else
    skip "BIND's programs are not here to compare with"
fi

cd "$WORK" || exit 1
umask 0
check "rndc-confgen -a writes a file" rndc-confgen -a -c rndc.key
check_equal "that only its owner may read" 600 "$(stat -c %a rndc.key)"
first=$(cat rndc.key)
mkdir -p jail
check "a second time it makes another key, also for a chroot" rndc-confgen -a -q -c rndc.key -t "$PWD/jail"
check "the key is another one" test "$first" != "$(cat rndc.key)"
check_equal "the chroot's is the same" "$(cat rndc.key)" "$(cat jail/rndc.key)"
check_equal "nothing else was left" "jail rndc.key" "$(echo *)"
if [ "$(id -u)" = 0 ]; then
    rndc-confgen -a -q -c owned.key -u nobody
    check_equal "-u gives the file away" nobody "$(stat -c %U owned.key)"
fi
check "a key's name must be a name" test "$(tsig-keygen 'a..b' 2>&1)" = \
    "tsig-keygen: 'a..b' cannot be the name of a key: empty label"

# named and rndc, BIND's, with our files.
if [ -x /usr/sbin/named ] && [ -x /usr/sbin/rndc ]; then
    port=$(free_port) control=$(free_port)
    tsig-keygen -a hmac-sha384 some.key >tsig.key
    ddns-confgen -q -k update.key -a hmac-sha512 >update.key
    rndc-confgen -p "$control" -k printed -A hmac-sha512 >rndc.conf
    sed -n '/^# Use with/,$p' rndc.conf | grep -v '^# Use\|^# End' | sed 's/^# \?//' >printed.conf
    printf '%s\n' "options { directory \"$PWD\"; listen-on port $port { 127.0.0.1; };" \
        'listen-on-v6 { none; }; pid-file none; session-keyfile none; recursion no; };' \
        'include "tsig.key"; include "update.key"; include "printed.conf";' >bind.conf
    check "BIND's named-checkconf takes all of it" /usr/bin/named-checkconf bind.conf
    check "our named-checkconf too" named-checkconf bind.conf
    NAMED=/usr/sbin/named start_named bind -c bind.conf
    check "BIND's rndc reaches BIND's named with the rndc.conf" /usr/sbin/rndc -c rndc.conf status
    stop_named bind
    rndc-confgen -a -q -c rndc.key
    printf '%s\n' "controls { inet 127.0.0.1 port $control allow { 127.0.0.1; } keys { \"rndc-key\"; }; };" \
        'include "rndc.key";' "options { directory \"$PWD\"; listen-on port $port { 127.0.0.1; };" \
        'listen-on-v6 { none; }; pid-file none; session-keyfile none; recursion no; };' >bind.conf
    NAMED=/usr/sbin/named start_named bind2 -c bind.conf
    check "and with a key file" /usr/sbin/rndc -s 127.0.0.1 -p "$control" -k rndc.key status
    stop_named bind2
else
    skip "BIND's named is not here"
fi
finish
