"""A real Chromium, without a driver: it is told what to do in its own protocol, over a pipe.

https://chromedevtools.github.io/devtools-protocol/; messages are JSON with a NUL at the end (--remote-debugging-pipe).
"""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 60.0
"""How long the browser may say nothing; the time limit only ends what has failed already."""
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowDown": 40, "ArrowUp": 38}


def find() -> str | None:
    """Return the path of a Chromium on this machine, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One browser. Each `page` is in a context of its own, as a private window."""

    def __init__(self, program: str) -> None:
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        self._folder = tempfile.mkdtemp(prefix="aiprod-browser-")
        options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
        quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio")
        # The browser reads from its descriptor 3 and writes to 4.
        shell = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        pipe = ("--remote-debugging-pipe", f"--user-data-dir={self._folder}", "about:blank")
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell, program, *options, *quiet, *pipe],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_read)
        os.close(to_write)
        self._rest = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self.send("Browser.close")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for descriptor in (self._to, self._from):
            os.close(descriptor)
        shutil.rmtree(self._folder, ignore_errors=True)

    def send(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol and return its result. Raises `RuntimeError` with what the browser says."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        left = json.dumps(message).encode() + b"\0"
        while left:
            left = left[os.write(self._to, left) :]
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def wait_for(self, method: str, session: str) -> dict[str, Any]:
        """Return the next event of a page, which may have come already."""
        while True:
            for number, event in enumerate(self.events):
                if event.get("method") == method and event.get("sessionId") == session:
                    return self.events.pop(number)
            self.events.append(self._read())

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not select.select([self._from], [], [], PATIENCE_S)[0]:
                raise TimeoutError("The browser says nothing: what was waited for does not happen.")
            piece = os.read(self._from, 1 << 20)
            if not piece:
                raise OSError("The browser has ended.")
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message

    @contextlib.contextmanager
    def page(
        self, *, width: int = 1280, height: int = 900, dark: bool = False, scripts: bool = True
    ) -> Iterator["BrowserPage"]:
        """A page of this size, light or dark, with scripts or without."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = BrowserPage(self, session)
        for domain in ("Page", "Runtime", "Log"):
            page.send(f"{domain}.enable")
        page.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.send("Emulation.setEmulatedMedia", features=[scheme])
        page.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        try:
            yield page
        finally:
            self.send("Target.closeTarget", targetId=target)
            self.send("Target.disposeBrowserContext", browserContextId=context)


class BrowserPage:
    """What a person does with a page: open it, press keys, click, read."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        return self._browser.send(method, self._session, **parameters)

    def open(self, url: str) -> None:
        """Go to a page and wait until it is loaded."""
        self._forget("Page.loadEventFired")
        self.send("Page.navigate", url=url)
        self.wait_loaded()

    def wait_loaded(self) -> None:
        self._browser.wait_for("Page.loadEventFired", self._session)

    def run(self, script: str) -> Any:
        """Return the value of an expression, or of the promise that it is."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def text(self) -> str:
        """What can be read on the page. Works without scripts too."""
        return str(self.run("document.body.innerText"))

    def click(self, selector: str, *, loads: bool = True) -> None:
        """Click in the middle of the first element; wait for the page that it leads to."""
        place = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        self._forget("Page.loadEventFired")
        for kind in ("mousePressed", "mouseReleased"):
            self.send(
                "Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1, buttons=1
            )
        if loads:
            self.wait_loaded()

    def press(self, key: str, *, loads: bool = False) -> None:
        """Press and release a key."""
        self._forget("Page.loadEventFired")
        text = {"Enter": "\r", " ": " "}.get(key, "")
        about: dict[str, object] = {"key": key, "code": "Space" if key == " " else key, "text": text}
        number = KEYS[key]
        self.send("Input.dispatchKeyEvent", type="keyDown", windowsVirtualKeyCode=number, **about)
        self.send("Input.dispatchKeyEvent", type="keyUp", windowsVirtualKeyCode=number, **about)
        if loads:
            self.wait_loaded()

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def problems(self) -> list[str]:
        """What the browser complained of since it began: errors of scripts, what the content policy blocked."""
        found = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            parameters = event.get("params", {})
            if event.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
                found.append(parameters["entry"]["text"])
            elif event.get("method") == "Runtime.exceptionThrown":
                found.append(str(parameters["exceptionDetails"].get("text")))
        return found

    def picture(self, path: Path, *, quality: int = 70) -> None:
        """Save what is in the window as a WebP file."""
        answer = self.send("Page.captureScreenshot", format="webp", quality=quality)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _forget(self, method: str) -> None:
        self._browser.events[:] = [
            event
            for event in self._browser.events
            if not (event.get("method") == method and event.get("sessionId") == self._session)
        ]
