"""The control channel's wire format, written down a second time: what rndc and named say to each
other, for clients and servers that do what the real ones never would."""
import base64
import hashlib
import hmac
import random
import socket
import struct
import time

OCTETS = {"md5": 157, "sha1": 161, "sha224": 162, "sha256": 163, "sha384": 164, "sha512": 165}


class Key:
    """An HMAC algorithm ("sha256") and a secret."""

    def __init__(self, algorithm, secret):
        self.algorithm, self.secret = algorithm, secret

    def conf(self, name):
        return 'key "%s" { algorithm hmac-%s; secret "%s"; };\n' % (
            name, self.algorithm, base64.b64encode(self.secret).decode())

    def auth(self, covered):
        """The `_auth` entry over what follows it."""
        mac = base64.b64encode(hmac.new(self.secret, covered,
                                        getattr(hashlib, self.algorithm)).digest())
        if self.algorithm == "md5":
            return entry("_auth", {"hmd5": mac[:22]})
        return entry("_auth", {"hsha": bytes([OCTETS[self.algorithm]]) + mac.ljust(88, b"\0")})


def value(v):
    if isinstance(v, dict):
        body = b"".join(entry(k, x) for k, x in v.items())
        return b"\2" + struct.pack("!I", len(body)) + body
    if isinstance(v, list):
        body = b"".join(value(x) for x in v)
        return b"\3" + struct.pack("!I", len(body)) + body
    body = v if isinstance(v, bytes) else str(v).encode()
    return b"\1" + struct.pack("!I", len(body)) + body


def entry(key, v):
    return bytes([len(key)]) + key.encode() + value(v)


def frame(message):
    return struct.pack("!I", len(message)) + message


def build(key, tables):
    """A signed message, its length in front."""
    covered = b"".join(entry(k, v) for k, v in tables.items())
    return frame(b"\0\0\0\1" + key.auth(covered) + covered)


def parse_table(data):
    out, at = {}, 0
    while at < len(data):
        n = data[at]
        name = data[at + 1:at + 1 + n].decode()
        at += 1 + n
        kind, length = data[at], struct.unpack("!I", data[at + 1:at + 5])[0]
        body = data[at + 5:at + 5 + length]
        out[name] = parse_table(body) if kind == 2 else body
        at += 5 + length
    return out


def read_exactly(s, n):
    data = b""
    while len(data) < n:
        piece = s.recv(n - len(data))
        if not piece:
            raise EOFError(f"{len(data)} of {n} bytes, then the end")
        data += piece
    return data


def read_message(s):
    """The tables of the next message."""
    return parse_table(read_exactly(s, struct.unpack("!I", read_exactly(s, 4))[0])[4:])


class Client:
    """A connection that has (or has not yet) got its nonce."""

    def __init__(self, port, key, address="127.0.0.1", timeout=10):
        self.s = socket.create_connection((address, port), timeout=timeout)
        self.key, self.nonce, self.serial = key, None, random.randrange(1 << 31)

    def request(self, command, **fields):
        """The bytes of a request; `fields` overrides or adds to `_ctrl` (None: leave out)."""
        now = int(time.time())
        self.serial += 1
        ctrl = {"_ser": self.serial, "_tim": now, "_exp": now + 60}
        if self.nonce is not None:
            ctrl["_nonce"] = self.nonce
        ctrl.update(fields)
        ctrl = {k: v for k, v in ctrl.items() if v is not None}
        return build(self.key, {"_ctrl": ctrl, "_data": {"type": command}})

    def receive(self):
        reply = read_message(self.s)
        self.nonce = int(reply["_ctrl"]["_nonce"])
        return reply

    def ask(self, command, **fields):
        self.s.sendall(self.request(command, **fields))
        return self.receive()

    def run(self, command):
        """The `_data` of the answer, the nonce fetched first."""
        if self.nonce is None:
            self.ask("null")
        return self.ask(command)["_data"]

    def is_closed(self):
        """Whether the server ends the connection without a word."""
        try:
            return self.s.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.s.close()
