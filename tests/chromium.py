"""A headless Chromium to open pages in: driven over a pipe, by DevTools messages.

with Chromium(folder) as browser:
    browser.open(path, width=390)
    browser.run("document.title")
    browser.errors
"""

import contextlib
import fcntl
import json
import os
import select
import subprocess
import time

from tests.browser import CHROMIUM, FLAGS

LIMIT = 60


class Chromium:
    """``errors`` collects what the console and uncaught exceptions say."""

    def __init__(self, folder):
        self.folder, self.errors, self.buffer, self.count = folder, [], b"", 0

    def __enter__(self):
        down, up = (_high(end) for end in os.pipe()), (_high(end) for end in os.pipe())
        (read_in, self.write_end), (self.read_end, write_out) = down, up

        def wired():
            os.dup2(read_in, 3)
            os.dup2(write_out, 4)

        self.process = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={self.folder}", "--remote-debugging-pipe"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=wired,
            pass_fds=(3, 4),
        )
        os.close(read_in)
        os.close(write_out)
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        found = self._send("Target.attachToTarget", targetId=target, flatten=True)
        self.session = found["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            self._send("Browser.close")
        os.close(self.write_end)
        os.close(self.read_end)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def open(self, path, *, width=1280, height=900, scheme="light", script=True):
        """Load a file, in a window of this size."""
        self.errors, self.requests = [], []
        self.resize(width, height)
        self.send("Emulation.setScriptExecutionDisabled", value=not script)
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", media="", features=media)
        self.loaded = False
        self.send("Page.navigate", url=path.as_uri())
        until = time.monotonic() + LIMIT
        while not self.loaded and time.monotonic() < until:
            self._handle(self._message())

    def resize(self, width, height=900):
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def print_mode(self):
        self.send("Emulation.setEmulatedMedia", media="print")

    def run(self, expression):
        """The value of a JavaScript expression in the page; promises are waited for."""
        found = self.send(
            "Runtime.evaluate",
            expression=expression, returnByValue=True, awaitPromise=True, userGesture=True,
        )  # fmt: skip
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def send(self, method, **params):
        return self._send(method, self.session, **params)

    def _send(self, method, session=None, **params):
        self.count += 1
        number = self.count
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self._handle(answer)

    def _message(self):
        until = time.monotonic() + LIMIT
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], max(until - time.monotonic(), 0))
            assert ready, "Chromium does not answer"
            data = os.read(self.read_end, 1 << 20)
            assert data, "Chromium has ended"
            self.buffer += data
        text, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(text)

    def _handle(self, event):
        method, params = event.get("method"), event.get("params", {})
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"]))
        elif method == "Log.entryAdded" or (
            method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning")
        ):
            self.errors.append(json.dumps(params))


def _high(end):
    """The same end of a pipe under a number that the browser's own do not take."""
    found = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(end)
    return found
