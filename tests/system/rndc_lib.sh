# For tests that drive a server with stock rndc and nsupdate: `. rndc_lib.sh` after lib.sh.
#
# rndc_setup NAME writes $WORK/NAME.conf with a control channel, and $WORK/NAME.rndc.conf for
# rndc; the text of further statements comes from standard input, %DIR% in it is the server's
# own directory $WORK/NAME.  Ports: dns_port[NAME], control_port[NAME].
declare -A dns_port=() control_port=()
RNDC=$(PATH=/usr/sbin:/usr/bin:$PATH command -v rndc)
NSUPDATE=$(PATH=/usr/bin:$PATH command -v nsupdate)
BIND=/usr/sbin/named

# rndc_setup NAME [OPTIONS]
rndc_setup() {
    local name=$1
    mkdir -p "$WORK/$name"
    dns_port[$name]=$(free_port)
    control_port[$name]=$(free_port)
    cat >"$WORK/$name.rndc.conf" <<END
key "test-key" { algorithm hmac-sha256; secret "c2VjcmV0IG9mIGEgdGVzdCBzZWNyZXQgb2YgYSB0ZXN0"; };
options { default-key "test-key"; default-server 127.0.0.1; default-port ${control_port[$name]}; };
END
    {
        head -1 "$WORK/$name.rndc.conf"
        cat <<END
controls { inet 127.0.0.1 port ${control_port[$name]} allow { 127.0.0.1; } keys { "test-key"; }; };
options {
    directory "$WORK/$name"; pid-file none; session-keyfile none;
    recursion no; dnssec-validation no;
    listen-on port ${dns_port[$name]} { 127.0.0.1; }; listen-on-v6 { none; }; ${2:-}
};
END
        sed "s|%DIR%|$WORK/$name|g"
    } >"$WORK/$name.conf"
}

# start_bind NAME: Debian's named with the configuration of that name.
start_bind() {
    NAMED=$BIND start_named "$1" -c "$WORK/$1.conf"
}

# ended NAME: waits for a server that rndc has stopped; its exit status.
ended() {
    local pid=${server_pid[$1]}
    wait_for 20 eval "! kill -0 $pid" || kill -KILL "$pid"
    wait "$pid"
    local status=$?
    unset "server_pid[$1]"
    return $status
}

# r NAME ARGUMENTS…: rndc, with what it prints and its exit status in one text.
r() {
    local name=$1 output status
    shift
    output=$("$RNDC" -c "$WORK/$name.rndc.conf" "$@" 2>&1)
    status=$?
    printf '%s' "${output:+$output
}"
    echo "[exit $status]"
}

# u NAME LINES…: one update message made of these lines.
u() {
    local name=$1
    shift
    { echo "server 127.0.0.1 ${dns_port[$name]}"; printf '%s\n' "$@" send; } | "$NSUPDATE" 2>&1
}

# serial_of NAME ZONE, answer NAME QUESTION…: what dig says, short.
answer() {
    local name=$1
    shift
    dig +short +norec +tries=1 +time=3 @127.0.0.1 -p "${dns_port[$name]}" "$@"
}
serial_of() { answer "$1" "$2" SOA | cut -d' ' -f3; }
serial_is() { [ "$(serial_of "$1" "$2")" = "$3" ]; }

# said NAME: the server's log without dates, only lines about what rndc does.  (When a file that
# was just written is read again depends on the clock in BIND: loads are not among them.)
said() {
    sed -E 's/^[0-9]+-[A-Za-z]+-[0-9]+ [0-9:.]+ //' "$WORK/$1.log" |
        grep -E "^(freezing|thawing|sync: dumping|dumping all|shutting down|(added|updated) zone|deleting zone|zone [^ ]* scheduled|zone [^ ]+: (journal file is out|loading from|not loaded))"
}
