#!/bin/sh
# The verdicts of our named-checkconf and of BIND's on small configurations: the same exit
# status, and BIND's first line among our lines.  checkconf/cases.txt holds the cases,
# checkconf/differences.txt names those that may differ, with a reason.
# BUILD: our build; BIND_CHECKCONF: BIND's program.
here=$(cd "$(dirname "$0")" && pwd)
ours=$(realpath "${BUILD:-.}/tools/named-checkconf") || exit 1
[ -x "$ours" ] || { echo "not ok - $ours was not built"; exit 1; }
bind=${BIND_CHECKCONF:-/usr/bin/named-checkconf}
[ -x "$bind" ] || { echo "skip - BIND's named-checkconf is not installed (bind9-utils)"; exit 0; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

awk -v dir="$dir" '/^=== / { file = dir "/" $2 ".conf"; printf "" > file; next }
                   { print > file }' "$here/checkconf/cases.txt"
cd "$dir" || exit 1
for file in *.conf; do
    name=${file%.conf}
    "$bind" "$file" > bind.out 2>&1; want=$?
    "$ours" "$file" > ours.out 2>&1; got=$?
    first=$(sed -n '1s/ *$//p' bind.out)
    reason=$(sed -n "s/^$name: //p" "$here/checkconf/differences.txt")
    if [ "$got" -gt 1 ]; then
        echo "not ok - $name: exit status $got"; failed=1
    elif [ -n "$reason" ]; then
        if [ "$got" -eq "$want" ] && { [ -z "$first" ] || grep -qxF -e "$first" ours.out; }; then
            echo "not ok - $name: no longer differs: $reason"; failed=1
        else
            echo "ok - $name # differs: $reason"
        fi
    elif [ "$got" -ne "$want" ]; then
        echo "not ok - $name: exit status $got, BIND's is $want: $(head -n 1 ours.out) / $first"; failed=1
    elif [ -n "$first" ] && ! grep -qxF -e "$first" ours.out; then
        echo "not ok - $name: BIND says '$first', we say '$(head -n 1 ours.out)'"; failed=1
    else
        echo "ok - $name"
    fi
done
echo 'zone a.test { type primary; file "x"; update-policy { grant R krb5-self . A; grant k self . A; }; };' > gss.conf
"$ours" gss.conf > ours.out 2>&1
if [ "$(grep -c "wants GSS-TSIG" ours.out)" = 1 ] && grep -q "^gss.conf:1: 'krb5-self'" ours.out; then
    echo "ok - a rule of update-policy that can never fit is warned of"
else
    echo "not ok - a rule of update-policy that can never fit: $(cat ours.out)"; failed=1
fi
# Whole outputs of one file that is right.
same() {    # NAME: bind.out and ours.out are equal
    if cmp -s bind.out ours.out; then
        echo "ok - $1"
    else
        echo "not ok - $1: $(diff bind.out ours.out | head -n 3 | tr '\n' ' ')"; failed=1
    fi
}
file=$here/checkconf/canonical.conf
for option in -p -px; do
    "$bind" $option "$file" > bind.out
    "$ours" $option "$file" > ours.out 2> ours.err
    same "$option prints as BIND does"
done
"$bind" -l "$file" | sed 's/ master$/ primary/; s/ slave$/ secondary/' > bind.out
"$ours" -l "$file" > ours.out 2> ours.err
same "-l lists as BIND does, types by their new names"
"$ours" -p "$file" > printed.conf 2> ours.err
"$ours" -p printed.conf > ours.out 2> ours.err
cp printed.conf bind.out
same "what -p prints is read and printed alike"
if [ -r /etc/bind/named.conf ]; then
    "$ours" /etc/bind/named.conf > ours.out || { echo "not ok - Debian's configuration: $(head -n 1 ours.out)"; failed=1; }
    grep -q 'resolvers' ours.out && echo "ok - Debian's configuration, with a warning of resolvers' options"
fi
exit $failed
