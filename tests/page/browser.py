"""A headless Chromium driven by its debugging protocol over two pipes: no driver, no socket."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

WAIT_S = 180  # on a machine that is busy


class Browser:
    """One page. console: what the browser complained of."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="ebb-page-", ignore_cleanup_errors=True)
        to_read, self.to = os.pipe()
        self.back, from_write = os.pipe()
        # The browser reads from descriptor 3 and writes to 4.
        flags = ("--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --remote-debugging-pipe "
                 f"--no-first-run --window-size=1300,1500 --user-data-dir={self.profile.name}")
        self.process = subprocess.Popen(
            ["sh", "-c", f"exec {shutil.which('chromium')} {flags} about:blank 3<&{to_read} 4>&{from_write}"],
            pass_fds=(to_read, from_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.buffer = b""
        self.number = 0
        self.console = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def close(self):
        # Asked to, it ends its helpers first; killed, it would leave them writing to the profile for a while.
        self.session = None
        self.call("Browser.close")
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        self.profile.cleanup()

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            reply = self.receive()
            if reply.get("method") == "Log.entryAdded":
                self.console.append(reply["params"]["entry"]["text"])
            if reply.get("method") == "Runtime.exceptionThrown":
                self.console.append(json.dumps(reply["params"]["exceptionDetails"]))
            if reply.get("id") == self.number:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                return reply["result"]

    def receive(self):
        while b"\0" not in self.buffer:
            more = os.read(self.back, 1 << 16)
            if not more:
                raise RuntimeError("the browser has ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def go(self, url):
        self.call("Page.navigate", url=url)

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait_for(self, expression):
        """Asks until the expression is true, and returns what it is."""
        until = time.monotonic() + WAIT_S
        while True:
            try:
                if value := self.evaluate(expression):
                    return value
            except RuntimeError:  # between two pages there is nobody to ask
                if time.monotonic() > until:
                    raise
            if time.monotonic() > until:
                raise AssertionError(f"never true: {expression}; the page says {self.evaluate('document.body.innerText')}")

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(data))
