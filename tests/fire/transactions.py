"""Asks a broker how transactions stand, in Kafka's own protocol: DescribeTransactions (KIP-664), version 0.

For one broker only, which then coordinates every transaction.
"""

import io
import socket
import struct

DESCRIBE_TRANSACTIONS = 65
TIMEOUT_S = 10


def _varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class _Answer:
    def __init__(self, data):
        self.data = io.BytesIO(data)

    def number(self, form):
        return struct.unpack(">" + form, self.data.read(struct.calcsize(">" + form)))[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.number("B")
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def string(self):
        return self.data.read(self.varint() - 1).decode()

    def array(self, read):
        return [read() for _ in range(self.varint() - 1)]

    def skip_tags(self):
        for _ in range(self.varint()):
            self.varint()
            self.data.read(self.varint())


def _receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("the broker closed the connection")
        data += part
    return data


def states(broker, ids):
    """{transactional id: its state}, e.g. Ongoing, PrepareCommit, CompleteCommit, Empty. Unknown ids are left out."""
    host, port = broker.rsplit(":", 1)
    client = b"ebb-fire"
    body = _varint(len(ids) + 1) + b"".join(_varint(len(i) + 1) + i.encode() for i in ids) + b"\0"
    request = struct.pack(">hhih", DESCRIBE_TRANSACTIONS, 0, 1, len(client)) + client + b"\0" + body
    with socket.create_connection((host, int(port)), TIMEOUT_S) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        answer = _Answer(_receive(connection, struct.unpack(">i", _receive(connection, 4))[0]))
    answer.number("i")  # correlation
    answer.skip_tags()
    answer.number("i")  # throttled for
    found = {}

    def topic():
        answer.string()
        answer.array(lambda: answer.number("i"))
        answer.skip_tags()

    def transaction():
        error = answer.number("h")
        name, state = answer.string(), answer.string()
        answer.data.read(4 + 8 + 8 + 2)  # time-out, start, producer id and epoch
        answer.array(topic)
        answer.skip_tags()
        if error == 0:
            found[name] = state

    answer.array(transaction)
    return found
