# Every program that is installed tells its options, and has a manual page in the section of the
# directory it goes to: 1 for bin, 8 for sbin.
. "$(dirname "$0")/lib.sh"

programs() { # bin|sbin
    sed -n "s/^$1_PROGRAMS += *//p" "$SRC/server/local.mk" "$SRC/tools/local.mk" | xargs -n 1 basename
}

look_at() { # PROGRAM SECTION
    local path said page=$SRC/doc/man/$1.$2

    path=$(ls "$BUILD/server/$1" "$BUILD/tools/$1" 2>/dev/null)
    said=$("$path" -h 2>&1 </dev/null)
    check "$1 -h tells how it is used" grep -qi "^usage:" <<<"$said"
    check "$1($2) is a page" test -s "$page"
    if grep -q '^\.so ' "$page"; then
        page=$SRC/doc/man/$(sed -n 's,^\.so man[18]/,,p' "$page")
    fi
    check "that names it" grep -q "^\.Nm $1\b" "$page"
}

check_equal "there are programs" 2 "$(programs sbin | grep -cx 'named\|rndc')"
for program in $(programs bin); do look_at "$program" 1; done
for program in $(programs sbin); do look_at "$program" 8; done
check "nsupdate -h is no mistake" nsupdate -h
check "neither is named-journalprint -h" named-journalprint -h
finish
