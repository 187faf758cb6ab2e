"""Somebody between a client and the daemon, who changes what is answered."""
import socket
import threading

import msgpack

from tocsin_client import connect_plain


class Between:
    """Listens on address; mangle gets each frame of the daemon as a list and
    answers the one to send instead, or None."""

    def __init__(self, daemon, mangle):
        self.daemon = daemon
        self.mangle = mangle
        self.links = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()

    def cut(self):
        """End every connection there is."""
        links, self.links = self.links, []
        for link in links:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = connect_plain(self.daemon.address, None)
            except OSError:
                return
            self.links += [client, server]
            for run in (self._forward, self._answer):
                threading.Thread(target=run, args=(client, server),
                                 daemon=True).start()

    def _forward(self, client, server):
        try:
            while data := client.recv(1 << 16):
                server.sendall(data)
        except OSError:
            pass
        self._end(client, server)

    def _answer(self, client, server):
        frames = msgpack.Unpacker(raw=False, max_buffer_size=1 << 26)
        try:
            while data := server.recv(1 << 16):
                frames.feed(data)
                for frame in frames:
                    frame = self.mangle(frame)
                    if frame is not None:
                        client.sendall(msgpack.packb(frame,
                                                     use_bin_type=True))
        except OSError:
            pass
        self._end(client, server)

    @staticmethod
    def _end(*links):
        for link in links:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def events_of(frame):
    """The alert events in a frame: pushed, or a page's."""
    if frame[0] == 2:
        return frame[2][-1] if isinstance(frame[2][-1], list) else []
    result = frame[3]
    return result.get("events", []) if isinstance(result, dict) else []
