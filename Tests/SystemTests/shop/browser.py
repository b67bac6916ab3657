"""A real browser without a window, told what to do over its own debugging pipe."""

import base64
import json
import os
import shutil
import subprocess
import time

CHROMIUM = shutil.which("chromium")


class Browser:
    """One page of Chromium. Certificates are not checked: a test's authority is in nobody's store."""

    def __init__(self, folder, language="en", width=900, height=700):
        self.count = 0
        read_end, self.write_end = os.pipe()
        self.read_end, write_end = os.pipe()
        # The browser reads commands on descriptor 3 and answers on 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$0" "$@" 3<&{read_end} 4>&{write_end}', CHROMIUM, "--headless", "--no-sandbox",
             "--disable-gpu", "--ignore-certificate-errors", "--remote-debugging-pipe", f"--accept-lang={language}",
             f"--window-size={width},{height}", f"--user-data-dir={folder}/chromium-{language}"],
            pass_fds=(read_end, write_end), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read_end)
        os.close(write_end)
        self.buffer = b""
        self.session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def ask(self, method, **parameters):
        """Sends a command and returns its result; what the browser tells meanwhile is passed over."""
        self.count += 1
        command = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.write_end, json.dumps(command).encode() + b"\0")
        while True:
            while b"\0" not in self.buffer:
                part = os.read(self.read_end, 1 << 16)
                assert part, "the browser ended"
                self.buffer += part
            line, self.buffer = self.buffer.split(b"\0", 1)
            answer = json.loads(line)
            if answer.get("id") == self.count:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, url):
        self.ask("Page.navigate", url=url)

    def value(self, expression):
        """What an expression of JavaScript is in the page."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait(self, expression, seconds=25):
        end = time.monotonic() + seconds
        while not self.value(expression):
            assert time.monotonic() < end, f"{expression} did not become true; the page shows {self.text()!r}"
            time.sleep(0.1)

    def text(self):
        return self.value("document.body && document.body.innerText")

    def photograph(self, file):
        file.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        os.close(self.write_end)
        os.close(self.read_end)
