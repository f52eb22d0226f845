"""The page of the tab in Chromium, with stand-ins for the emulator and the terminal's library.

The machine's side of the second serial line is that of tools/try_page/init and prompt.py. The long
tests of test_try_page.py use the real machine.
"""

import base64
import gzip
import json
import re
import shutil
import subprocess
import sys

import pytest

from tests.harness.process import wait_until
from tests.house.source_tree import ROOT
from tests.support.browser import Tab
from tools.write_try import PAGE

_PROGRAM = base64.b64decode(
    # A module with the functions of the emulator that the page calls: read_tsc, set_tsc and
    # set_jit_config, which do nothing.
    "AGFzbQEAAAABCgJgAAF+YAJ/fwADBAMAAQEHJwMIcmVhZF90c2MAAAdzZXRfdHNjAAEOc2V0X2ppdF9jb25maWcA"
    "AgoMAwQAQgALAgALAgAL"
)

_MACHINE = """
export class V86 {
  constructor({ wasm_fn }) {
    this.listeners = {};
    this.v86 = { cpu: { mem8: new Uint8Array(4096) } };
    this.files = {};
    window.standIn = this;
    wasm_fn({}).then(() => setTimeout(() => this.emit("emulator-ready")));
  }
  add_listener(name, take) { this.listeners[name] = take; }
  emit(name, value) { this.listeners[name](value); }
  async restore_state() {}
  async run() { this.runs = true; }
  async stop() { this.runs = false; }
  is_running() { return Boolean(this.runs); }
  zstd_decompress() { return new Uint8Array(4).buffer; }
  // The first line echoes; the second one takes files, and confirms each.
  serial_send_bytes(line, bytes) {
    if (line === 0) {
      for (const byte of bytes) this.emit("serial0-output-byte", byte);
    } else if (!this.header) {
      const [, size, mode, name] = new TextDecoder().decode(bytes).match(/^(\\d+) (\\d+) (.*)\\n$/);
      this.header = { size: Number(size), name };
    } else {
      const { name, size } = this.header;
      this.header = null;
      if (size !== bytes.length) throw new Error("a file of another size");
      this.files[name] = [...bytes];
      this.tell(`got 0 644 ${name}\\n`);
    }
  }
  tell(text, bytes = []) {
    const all = [...new TextEncoder().encode(text), ...bytes];
    for (const byte of all) this.emit("serial1-output-byte", byte);
  }
}
"""

_FORGET = """
localStorage.clear();
new Promise((done) => {
  const opening = indexedDB.open("simpsh-try", 1);
  opening.onsuccess = () => {
    const changing = opening.result.transaction("files", "readwrite");
    changing.objectStore("files").clear();
    changing.oncomplete = () => done(opening.result.close());
  };
})
"""

_TERMINAL = """
export class Terminal {
  constructor(options) { Object.assign(this, options, { options, lines: "", handlers: {} }); }
  parser = { registerCsiHandler: ({ final }, take) => { this.handlers[final] = take; } };
  attachCustomKeyEventHandler() {}
  open(parent) {
    this.element = document.createElement("div");
    this.element.innerHTML = '<div class="xterm-screen"></div><div class="live-region"></div>';
    parent.append(this.element);
  }
  write(data, written) {
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    for (const [, final] of text.matchAll(/\\x1b\\[\\?2004([hl])/g)) this.handlers[final]([2004]);
    this.lines += text.replaceAll(/\\x1b\\[\\?2004[hl]/g, "");
    written?.();
  }
  reset() { this.lines = ""; }
  focus() {}
  resize(cols, rows) { Object.assign(this, { cols, rows }); }
  onData(take) { window.typeKeys = take; }
  onBinary() {}
  buffer = { active: {
    length: 1, baseY: 0, cursorY: 0, getLine: () => ({ translateToString: () => this.lines }) } };
}
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page, served on this machine."""
    folder = tmp_path_factory.mktemp("try")
    for name in ("index.html", "try.css", "try.js", "state_difference.mjs", "later_pages.mjs"):
        shutil.copy(PAGE / name, folder)
    page = (folder / "index.html").read_text()
    (folder / "index.html").write_text(re.sub(r"@\w+@", "4", page))
    shutil.copy(ROOT / "simpsh/view/design/tokens.css", folder)
    shutil.copy(ROOT / "simpsh/notebook/logo-svg.svg", folder / "favicon.svg")
    (folder / "libv86.mjs").write_text(_MACHINE)
    (folder / "xterm.mjs").write_text(_TERMINAL)
    (folder / "v86.wasm.gz").write_bytes(gzip.compress(_PROGRAM))
    for name in ("state.zst", "later.zst"):
        (folder / name).write_bytes(b"four")
    (folder / "updates.json").write_text("[]")
    (folder / "screen.txt").write_text("\x1b[?2004h>> ")
    for name in ("xterm.css", "worker.js", "licences.txt"):
        (folder / name).touch()

    # A process of its own: the browser keeps connections open.
    serving = [sys.executable, "-um", "http.server", "0", "-b", "127.0.0.1", "-d", folder]
    with subprocess.Popen(
        serving, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        port = re.search(r" port (\d+) ", server.stdout.readline())[1]
        yield f"http://127.0.0.1:{port}/index.html"
        server.kill()


@pytest.fixture
def tab(one_tab, address):
    """The page, opened without anything that this browser has kept."""
    one_tab.reset()
    one_tab.open(address)
    one_tab.run(_FORGET)
    one_tab.open("about:blank")
    one_tab.open(address)
    return one_tab


def _has(tab, fact):
    wait_until(lambda: tab.run(f"Boolean({fact})"), fact)


def _click(tab, selector):
    """Click without a mouse: Chromium asks nothing when such a page is left."""
    tab.run(f"document.querySelector({selector!r}).click()")


def _start(tab):
    _click(tab, "#begin")
    _has(tab, "document.body.dataset.whole && simpshTry.isIdle()")


def _asks_to_stay(tab):
    return tab.run(
        "(() => { const leaving = new Event('beforeunload', { cancelable: true });"
        " dispatchEvent(leaving); return leaving.defaultPrevented; })()"
    )


def _write_program(tab, text, language="c"):
    for name, value in (("language", language), ("program", text)):
        field = f"document.getElementById({name!r})"
        tab.run(f"{field}.value = {json.dumps(value)}; {field}.dispatchEvent(new Event('input'))")


def _program(tab):
    return tab.run(
        "[document.querySelector('#language').value, document.querySelector('#program').value]"
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("c", '\ufeff// grüße, 你好, \U0001f4a1\n\tputs("a+b/c=%d");\n\n'),
        ("py", "".join(f"print({number * 7919 % 10007})  # ü{number}\n" for number in range(1000))),
        ("py", ""),
    ],
    ids=["any letters", "23 KB", "nothing"],
)
def test_a_link_restores_the_program_that_it_was_made_of(tab, language, text):
    _write_program(tab, text, language)
    _click(tab, "#share")
    _has(tab, "document.querySelector('#link a')")
    link = tab.run("document.querySelector('#link a').href")
    # A browser sends nothing after the # to a server.
    assert link.count("#") == 1
    assert re.fullmatch(rf"{language}=[\w-]*=*", link.partition("#")[2])
    tab.run("localStorage.clear()")
    tab.open("about:blank")
    tab.open(link)
    _has(tab, "document.querySelector('#language').value")
    wait_until(lambda: _program(tab) == [language, text], "the program")


def test_a_damaged_link_is_reported(tab, address):
    tab.open("about:blank")
    tab.open(f"{address}#c=AAAA")
    _has(tab, "document.querySelector('#link').textContent.includes('part of the link is missing')")


def test_a_program_stays_in_the_browser_and_the_program_of_a_link_is_not_lost(tab, address):
    _write_program(tab, "int main(void) {}")
    assert not _asks_to_stay(tab)
    _click(tab, "#share")
    _has(tab, "document.querySelector('#link a')")
    link = tab.run("document.querySelector('#link a').href")
    _write_program(tab, "mine", "py")
    tab.open("about:blank")
    tab.open(address)
    assert _program(tab) == ["py", "mine"]
    _has(tab, "document.querySelector('#kept').innerText.includes('your program')")
    # A link's program does not replace the reader's; a change of it would be lost.
    tab.open("about:blank")
    tab.open(link)
    wait_until(lambda: _program(tab) == ["c", "int main(void) {}"], "the program of the link")
    assert not _asks_to_stay(tab)
    _write_program(tab, "int main(void) { return 1; }")
    assert _asks_to_stay(tab)
    _write_program(tab, "int main(void) {}")
    tab.open("about:blank")
    tab.open(address)
    assert _program(tab) == ["py", "mine"]
    _click(tab, "#forget")
    _has(tab, "document.querySelector('#program').value === ''")
    _has(tab, "document.querySelector('#kept').hidden")
    tab.open(address)
    assert _program(tab) == ["c", ""]


def test_files_survive_a_reload_and_reach_a_second_tab(tab, address):
    _start(tab)
    content = [*range(256)]
    tab.run(f"standIn.tell('keep 256 755 /root/any\\n', {content})")
    _has(tab, "document.querySelector('#kept').innerText.includes('any')")
    assert not _asks_to_stay(tab)
    # A tab of the same browser, while this one is open.
    second = Tab(tab.browser)
    second.open(address)
    _start(second)
    assert second.run("standIn.files['/root/any']") == content
    second.run("standIn.tell('keep 1 644 /root/other\\n', [65])")
    _has(second, "document.querySelector('#kept').innerText.includes('other')")
    second.call("Page.close")
    tab.open(address)
    _start(tab)
    assert tab.run("standIn.files") == {"/root/any": content, "/root/other": [65]}
    tab.run("standIn.tell('drop 0 644 /root/any\\n')")
    _has(tab, "!document.querySelector('#kept').innerText.includes('any')")


def test_leaving_asks_if_a_file_could_not_be_kept_or_a_text_was_changed(tab):
    _start(tab)
    assert not _asks_to_stay(tab)
    tab.run("standIn.tell('edit 3 644 /root/f\\n', [255, 13, 10])")
    assert tab.run("document.querySelector('#editor').open")
    assert not _asks_to_stay(tab)
    # What was not changed is saved as it was, though it is no text.
    _click(tab, "[data-save]")
    _has(tab, "standIn.files['/root/f'] && simpshTry.isIdle()")
    assert tab.run("standIn.files['/root/f']") == [255, 13, 10]
    tab.run("standIn.tell('edit 1 644 /root/f\\n', [65])")
    tab.run("document.querySelector('#editor textarea').value = 'ü'")
    assert _asks_to_stay(tab)
    _click(tab, "[data-save]")
    _has(tab, "standIn.files['/root/f'].length === 2 && simpshTry.isIdle()")
    assert not _asks_to_stay(tab)
    tab.run("IDBObjectStore.prototype.put = () => { throw new Error('full'); }")
    tab.run("standIn.tell('keep 1 644 /root/f\\n', [65])")
    wait_until(lambda: _asks_to_stay(tab), "the question")


def test_keys_before_the_machine_are_typed_when_it_runs(tab):
    _has(tab, "simpshTry.text().includes('>>')")
    assert not tab.run("Boolean(window.standIn)")
    tab.run("typeKeys('l'); typeKeys('s\\r')")
    _has(tab, "simpshTry.text().endsWith('>> ls\\r')")
    tab.run("document.querySelector('#lines button').click()")
    _has(tab, "simpshTry.text().endsWith('ls | wc -l\\r')")
