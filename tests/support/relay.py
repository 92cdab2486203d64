"""A wire that can be cut: passes bytes on between whoever connects and one port of this machine."""

import socket
import threading

PIECE = 1 << 16


class Relay:
    """Listens on `port`. `cut()` breaks every connection and lets none in; `cut_behind()` does so in the middle, when so many
    more bytes have been sent by those who connect, or received. `silence_behind()` breaks nothing: from then on nobody hears anything, as with
    a cable that was pulled, and whoever spoke meanwhile is not heard on that connection again. `mend()` ends either.
    Counted: `sent`, `received`, `turned_away`, `lost` connections."""

    def __init__(self, target_port):
        self._target = target_port
        self._lock = threading.Condition()
        self._pairs, self._whole, self._limits, self._behind = set(), True, {}, self._cut
        self._silent, self._unheard = False, set()
        self.sent, self.received, self.turned_away, self.lost = 0, 0, 0, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near = self._listener.accept()[0]
            except OSError:
                return
            with self._lock:
                whole = self._whole
                self.turned_away += not whole
                self._lock.notify_all()
            try:
                far = socket.create_connection(("127.0.0.1", self._target)) if whole else None
            except OSError:  # nobody is there: as without a relay
                far = None
            if far:
                with self._lock:
                    self._pairs.update((near, far))
                for source, target, way in ((near, far, "sent"), (far, near, "received")):
                    threading.Thread(target=self._pass_on, args=(source, target, way), daemon=True).start()
            else:
                near.close()

    def _pass_on(self, source, target, way):
        try:
            while data := source.recv(PIECE):
                with self._lock:
                    passed = getattr(self, way) + len(data)
                    setattr(self, way, passed)
                    if passed >= self._limits.get(way, passed + 1):
                        self._limits = {}
                        self._behind()
                    if self._silent and source not in self._unheard:
                        self._unheard.update((source, target))
                        self.lost += 1
                    heard = source not in self._unheard
                if heard:
                    target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            self._end(end)

    def _end(self, connection):
        with self._lock:
            self._pairs.discard(connection)
            self._unheard.discard(connection)
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()

    def _cut(self):
        self._whole, self._limits, self._silent = False, {}, False
        for connection in self._pairs:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._lock.notify_all()

    def cut(self):
        with self._lock:
            self._cut()

    def _fall_silent(self):
        self._silent = True

    def _set_limits(self, ways, then):
        with self._lock:
            self._limits, self._behind = {way: getattr(self, way) + more for way, more in ways.items()}, then

    def cut_behind(self, **ways):
        """sent=… or received=…, in bytes from now on; also while it is cut, for the time after mend()."""
        self._set_limits(ways, self._cut)

    def silence_behind(self, **ways):
        """As cut_behind()."""
        self._set_limits(ways, self._fall_silent)

    def is_cut(self):
        with self._lock:
            return not self._whole

    def is_silent(self):
        with self._lock:
            return self._silent

    def mend(self):
        with self._lock:
            self._whole, self._silent = True, False

    def close(self):
        self._listener.close()
        self.cut()
