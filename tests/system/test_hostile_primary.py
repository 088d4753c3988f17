#!/usr/bin/env python3
"""A hostile primary: every broken stream of kz_hostile.py at once, a zone each.  The old version
stays, the log says why, and when the primary tells the truth again the zone follows it."""
import os
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kz_hostile import AXFR, IXFR, SOA, BROKEN, Answer          # noqa: E402
from kz_servers import NAMED, Server, free_port, work_dir       # noqa: E402
from kz_transfers import ask, serial, until                     # noqa: E402

GOOD, EVIL, HEALED = 1, 2, 3
failures = 0
phase = GOOD
tried = {kind: 0 for kind in BROKEN}
whole_after = set()     # kinds whose zone was asked for by AXFR after a broken IXFR


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-1500:])


def zone_of(kind):
    return f"{kind}.example"


def kind_of(answer):
    return answer.zone[1:1 + answer.zone[0]].decode()


def stream_for(request):
    have = EVIL - 1
    k = Answer(request, phase, have)
    kind = kind_of(k)
    if phase != EVIL:
        return k.good()
    tried[kind] += 1
    if kind.startswith("ixfr") and k.type != IXFR:
        whole_after.add(kind)
        return k.good()
    return BROKEN[kind](k)


def serve_connection(conn):
    with conn:
        conn.settimeout(20)
        try:
            want = struct.unpack(">H", conn.recv(2, socket.MSG_WAITALL))[0]
            stream = stream_for(conn.recv(want, socket.MSG_WAITALL))
            if stream is not None:
                conn.sendall(stream)
                conn.shutdown(socket.SHUT_WR)
                while conn.recv(4096):
                    pass
        except (OSError, struct.error):
            pass


def serve_tcp(port):
    listener = socket.create_server(("127.0.0.1", port), backlog=200)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve_connection, args=(conn,), daemon=True).start()


def serve_udp(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", port))
    while True:
        request, peer = sock.recvfrom(4096)
        k = Answer(request, phase, 0)
        sock.sendto(k.message([k.soa()]), peer)


def config(port, primary):
    zones = "".join(f'zone "{zone_of(k)}" {{ type secondary; file "{k}.db"; '
                    f"primaries {{ 127.0.0.1 port {primary}; }}; }};\n" for k in BROKEN)
    return f"""
options {{ directory "."; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion no; notify no; transfers-in 50;
  transfers-per-ns 50; serial-query-rate 1000; min-refresh-time 1; min-retry-time 1;
  max-refresh-time 1; max-retry-time 1; max-records 2000; }};
controls {{ }};
{zones}"""


def all_have(port, number, kinds):
    return all(serial(port, zone_of(k)) == number for k in kinds)


def has(port, kind, label):
    response = ask(port, f"{label}.{zone_of(kind)}", "A")
    return response is not None and len(response.answer) == 1


def main():
    global phase
    primary, port = free_port(), free_port()
    for serve in (serve_tcp, serve_udp):
        threading.Thread(target=serve, args=(primary,), daemon=True).start()
    with Server("secondary", NAMED, config(port, primary), work_dir("secondary")) as second:
        until("the good versions", lambda: all_have(port, GOOD, BROKEN), 60)
        phase = EVIL
        until("every kind to be tried twice", lambda: min(tried.values()) >= 2 or
              all(n >= 2 or k.startswith("ixfr") and k in whole_after
                  for k, n in tried.items()), 90)
        whole = [k for k in BROKEN if k.startswith("ixfr")]
        until("AXFR after each broken IXFR", lambda: all_have(port, EVIL, whole), 60)
        log = second.read_log()
        for kind in BROKEN:
            if kind in whole:
                check(f"{kind}: AXFR comes next", kind in whole_after)
                continue
            peer = f"transfer of '{zone_of(kind)}/IN' from 127.0.0.1#{primary}: "
            reasons = [l for l in log.splitlines() if peer + "failed" in l or
                       f"zone {zone_of(kind)}/IN: transferred version refused" in l]
            check(f"{kind}: the old version is served, the log says why"
                  + (f" ({reasons[0].split(': ', 2)[-1]})" if reasons else ""),
                  serial(port, zone_of(kind)) == GOOD and has(port, kind, "s1")
                  and not has(port, kind, "x") and reasons, log[-800:])
        phase = HEALED
        until("the healed versions", lambda: all_have(port, HEALED, BROKEN), 90)
        check(f"all {len(BROKEN)} zones follow the primary when it tells the truth", True)
        check("the server has lived through it", second.child.poll() is None)


main()
sys.exit(failures > 0)
