"""Transfers asked for byte by byte: requests, the messages that answer them over TCP, and what
two servers' streams have in common."""
import socket
import struct

from kz_wire import QTYPES, Reply, name_to_wire

SOA, AXFR, IXFR = QTYPES["SOA"], QTYPES["AXFR"], QTYPES["IXFR"]
OPT = struct.pack("!BHHIH", 0, 41, 1232, 0, 0)


def soa_record(zone, serial):
    rdata = b"\0\0" + struct.pack("!5I", serial, 0, 0, 0, 0)
    return name_to_wire(zone) + struct.pack("!HHIH", SOA, 1, 0, len(rdata)) + rdata


def opt(*options, size=1232, do=False):
    data = b"".join(struct.pack("!HH", code, len(value)) + value for code, value in options)
    return struct.pack("!BHHIH", 0, 41, size, 0x8000 if do else 0, len(data)) + data


def request(zone, qtype, authority=(), edns=b"", flags=0, qclass=1, answer=b"", ident=0x1234):
    header = struct.pack("!6H", ident, flags, 1, bool(answer), len(authority), bool(edns))
    return (header + name_to_wire(zone) + struct.pack("!HH", QTYPES[qtype], qclass) + answer +
            b"".join(authority) + edns)


def ixfr(zone, serial, **more):
    return request(zone, "IXFR", [soa_record(zone, serial)], **more)


def by_udp(port, message, timeout=5):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        s.sendto(message, ("127.0.0.1", port))
        return [s.recv(65535)]


class Stream:
    """A connection on which a transfer comes; read() as far as wanted."""

    def __init__(self, port, message, receive_buffer=None, timeout=20, source="127.0.0.1"):
        self.socket = socket.socket()
        self.socket.bind((source, 0))
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(struct.pack("!H", len(message)) + message)
        self.buffer = b""

    def _take(self, size):
        while len(self.buffer) < size:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.buffer += data
        out, self.buffer = self.buffer[:size], self.buffer[size:]
        return out

    def message(self):
        return self._take(struct.unpack("!H", self._take(2))[0])

    def close(self):
        self.socket.close()


def serial_of(record):
    return struct.unpack("!I", record[4][-20:-16])[0]


class Watcher:
    """Knows from the records when a transfer is complete (RFC 5936 §2.2, RFC 1995 §4)."""

    def __init__(self):
        self.seen, self.soas, self.first, self.difference = 0, 0, None, False

    def is_over(self, message):
        reply = Reply(message)
        answers = reply.sections[0]
        if reply.rcode != 0 or not answers:
            return True
        if not self.seen and len(answers) == 1 and reply.questions[0][1] == IXFR:
            return True
        return any([self._take(r) for r in answers])

    def _take(self, record):
        self.seen += 1
        if record[1] != SOA:
            return False
        self.soas += 1
        if self.seen == 1:
            self.first = serial_of(record)
        elif self.seen == 2:
            self.difference = True
        # A difference has two SOAs; the one that ends all stands where another could begin.
        if not self.difference:
            return self.soas == 2
        return self.soas > 2 and self.soas % 2 == 0 and serial_of(record) == self.first


def read_all(stream):
    watcher, messages = Watcher(), []
    while True:
        messages.append(stream.message())
        if watcher.is_over(messages[-1]):
            return messages


def by_tcp(port, message):
    """All messages of the response."""
    stream = Stream(port, message)
    try:
        return read_all(stream)
    finally:
        stream.close()


def records(messages):
    return [r for m in messages for r in Reply(m).sections[0]]


def shape(message):
    """What two servers' messages must have in common but for the records' order: header,
    question, number of records, OPT."""
    reply = Reply(message)
    return (message[:4], reply.questions, [len(s) for s in reply.sections], reply.edns())
