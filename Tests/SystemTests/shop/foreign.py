"""Servers that are not what they should be: strangers on a port, portals, proxies, broken resolvers. Run as a program
(`foreign.py dns ADDRESS ...`) it is one of them inside a network namespace."""

import socket
import ssl
import sys
import threading


class Stranger:
    """A server on loopback that says `greeting` to whoever comes, or after he spoke, then waits."""

    def __init__(self, greeting=b"", listens_first=False, tls=None, port=0):
        self.greeting, self.listens_first, self.tls = greeting, listens_first, tls
        self.open = []
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            self.open.append(line)
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line):
        try:
            line.settimeout(10)
            if self.tls:
                line = self.tls.wrap_socket(line, server_side=True)
                self.open.append(line)
            if self.listens_first:
                line.recv(4096)
            if self.greeting:
                line.sendall(self.greeting)
            while line.recv(4096):
                pass
        except (OSError, ssl.SSLError):
            pass

    def stop(self):
        self.socket.close()
        for line in self.open:
            line.close()


def server_tls(certificate, key, authority=None):
    """How a server shows a certificate, and wants one when an authority of clients is named."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if authority:
        context.load_verify_locations(authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def resolver(address, name, answer):
    """A resolver that knows one name; of every other it says that there is none. `servfail` as answer: it cannot tell."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((address, 53))
        print("ready", flush=True)
        while True:
            question, asker = line.recvfrom(4096)
            end = question.index(b"\0", 12) + 5
            labels, place = [], 12
            while question[place]:
                labels.append(question[place + 1:place + 1 + question[place]].decode().lower())
                place += question[place] + 1
            kind = int.from_bytes(question[end - 4:end - 2], "big")
            known = ".".join(labels) == name
            code = 2 if answer == "servfail" else 0 if known else 3
            record = b""
            if known and code == 0 and kind == 1:
                record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(answer)
            head = question[:2] + b"\x81" + bytes([0x80 | code]) + b"\0\1" + (b"\0\1" if record else b"\0\0") + b"\0\0\0\0"
            line.sendto(head + question[12:end] + record, asker)


if __name__ == "__main__":
    resolver(*sys.argv[2:])
