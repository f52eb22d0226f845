"""A real headless Chromium, driven by the DevTools protocol over two pipes.

`Browser` is the program: one for many tests. `Tab` is a page in it, with methods to load a file, to
click, type and touch, to print, and to read the screen. They wait for events and never sleep. See
https://chromedevtools.github.io/devtools-protocol/.
"""

import base64
import contextlib
import functools
import http.server
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.harness.process import children_of, kill_and_collect
from tests.support.needed_programs import path_of

SECONDS = 100.0
"""The time limit of an answer, long enough for a busy machine."""

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)
_CODES = {"Tab": 9, "Escape": 27, " ": 32, "ArrowUp": 38, "ArrowDown": 40}
_LAUNCHER = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3]]
for number, end in enumerate(ends, start=3):
    os.dup2(end, number)
    os.close(end)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Moves the pipes to the descriptors that Chromium expects."""


@contextlib.contextmanager
def served(folder):
    """Serve a folder on this machine; yields its address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Browser:
    """A Chromium that reads requests from descriptor 3 and answers on 4; messages end in NUL."""

    def __init__(self, home: Path) -> None:
        self._before = set(children_of(os.getpid()))
        program = path_of("chromium")
        asked, self._ask = os.pipe()
        self._answer, answered = os.pipe()
        self._profile = home / "profile"
        # Killed, it leaves its temporary files. The path of a socket there has at most 108 bytes.
        self._temporary = tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True)
        flags = [*_FLAGS, f"--user-data-dir={self._profile}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-SEc", _LAUNCHER, f"{asked}", f"{answered}", program, *flags],
            pass_fds=(asked, answered),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                "HOME": str(home),
                "TMPDIR": self._temporary.name,
                "PATH": "/usr/bin:/bin",
                "LC_ALL": "C.UTF-8",
            },
        )
        os.close(asked)
        os.close(answered)
        self._unread = b""
        self._number = 0
        self.events: list[dict] = []
        try:
            self.call("Browser.getVersion")
        except BaseException:
            self.close()
            raise

    def call(self, method, session="", **parameters):
        """Send a request and return its result; events that arrive before it go to `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._ask, data) :]
        deadline = time.monotonic() + SECONDS
        while True:
            answer = self._next(deadline, method)
            if answer.get("id") == message["id"]:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def wait(self, fact, since, what):
        """Return the first event, from index `since`, for which `fact` is true."""
        deadline = time.monotonic() + SECONDS
        while True:
            for event in self.events[since:]:
                if fact(event):
                    return event
            since = len(self.events)
            self.events.append(self._next(deadline, what))

    def _next(self, deadline, what):
        while b"\0" not in self._unread:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._answer], [], [], max(0, left))
            assert ready, f"after {SECONDS} s the browser has not answered: {what}"
            data = os.read(self._answer, 1 << 20)
            assert data, f"the browser has ended: {what}"
            self._unread += data
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)

    def close(self):
        """End the browser and all its helpers."""
        os.close(self._ask)
        os.close(self._answer)
        self._process.kill()
        self._process.wait()
        # The browser's helpers outlive it; the test runner, a subreaper, adopts them.
        kill_and_collect(lambda: set(children_of(os.getpid())) - self._before)
        shutil.rmtree(self._profile, ignore_errors=True)
        self._temporary.cleanup()


class Tab:
    """One page; `complaints` has its errors and the violations of its policy."""

    def __init__(self, browser: Browser, width=1280, height=800, *, is_alone=False) -> None:
        """Open a page; with `is_alone`, it has separate cookies and storage."""
        self.browser = browser
        own = browser.call("Target.createBrowserContext") if is_alone else {}
        target = browser.call("Target.createTarget", url="about:blank", **own)["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.reset(width, height)

    def reset(self, width=1280, height=800, *, scripts=True):
        """Reset the window size, emulation, storage and complaints."""
        self.resize(width, height)
        self.call("Emulation.setEmulatedMedia", media="", features=[])
        # The storage of all file: pages. The open page forgets it at once,
        # but a page that is opened immediately after may still see it.
        self.call("Emulation.setScriptExecutionDisabled", value=False)
        self.run("location.protocol === 'file:' && localStorage.clear()")
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.browser.events.clear()

    def call(self, method, **parameters):
        return self.browser.call(method, self._session, **parameters)

    def resize(self, width, height, *, is_phone=False):
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=is_phone,
        )
        self.call("Emulation.setTouchEmulationEnabled", enabled=is_phone)

    def prefer(self, **features):
        """Set media features: `prefers_color_scheme="dark"`."""
        given = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.call("Emulation.setEmulatedMedia", features=given)

    def open(self, address):
        """Load a page, and return when its script has run."""
        since = len(self.browser.events)
        self.call("Page.navigate", url=str(address))
        self.browser.wait(self._is("Page.loadEventFired"), since, f"{address} is loaded")

    def _is(self, method):
        return lambda event: (
            event.get("method") == method and event.get("sessionId") == self._session
        )

    def run(self, expression):
        """Evaluate an expression in the page and return its value; wait for a promise."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def settle(self):
        """Wait until changes have been laid out and drawn: two frames."""
        self.run("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)}).textContent")

    def box(self, selector):
        """Return the rectangle of an element in the window: left, top, width, height."""
        return self.run(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()"
        )

    def click(self, selector, x=0.5, y=0.5):
        """Click into an element, at a share of its width and height."""
        self.run(
            f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block:'nearest'}})"
        )
        left, top, width, height = self.box(selector)
        self.click_at(left + x * width, top + y * height)

    def click_at(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self._mouse(kind, x, y)

    def _mouse(self, kind, x, y, buttons=0):
        self.call(
            "Input.dispatchMouseEvent",
            type=kind,
            x=x,
            y=y,
            button="left",
            buttons=buttons,
            clickCount=0 if kind == "mouseMoved" else 1,
        )

    def swipe(self, start, end):
        """Put a finger down, move it, and take it away."""
        points = [start, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), end]
        for kind, point in zip(("touchStart", "touchMove", "touchMove"), points, strict=True):
            self.call(
                "Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": point[0], "y": point[1]}]
            )
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def press(self, *keys):
        """Press and release keys, by their names in KeyboardEvent.key."""
        for key in keys:
            text = {"text": key} if len(key) == 1 else {}
            if key == "Enter":
                text = {"text": "\r"}
            # The browser's own keys, such as closing a popover, depend on the code.
            text |= {"windowsVirtualKeyCode": code} if (code := _CODES.get(key)) else {}
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def write(self, text):
        self.call("Input.insertText", text=text)

    def screenshot(self, file):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        Path(file).write_bytes(base64.b64decode(data))

    def pdf(self):
        """Print the page with its own print style; return the PDF."""
        data = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"]
        return base64.b64decode(data)

    def complaints(self):
        """Return the errors, warnings and policy violations of the page so far."""
        self.run("0")
        found = []
        for event in self.browser.events:
            match event.get("method"):
                case "Runtime.exceptionThrown":
                    found.append(str(event["params"]["exceptionDetails"]))
                case "Log.entryAdded" if event["params"]["entry"]["level"] != "verbose":
                    found.append(event["params"]["entry"]["text"])
                case "Runtime.consoleAPICalled":
                    found.append(str(event["params"]["args"]))
        return found
