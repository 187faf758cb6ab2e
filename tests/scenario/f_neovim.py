"""Headless neovim, which knows MessagePack-RPC and nothing of tocsin."""
import shutil
import subprocess

from tocsin_test import Skip, check, equal, run, slowness

SCRIPT = """\
let g:rung = []
function! TocsinAlert(...)
  call extend(g:rung, a:000)
endfunction
let s:tocsin = sockconnect('tcp', '{address}', {{'rpc': v:true}})
let s:hello = rpcrequest(s:tocsin, 'hello', {{'protocol': 1}})
call rpcrequest(s:tocsin, 'alerts.subscribe', {{'from': 'new', 'notify':
  \\ {{'method': 'nvim_call_function', 'args': ['TocsinAlert']}}}})
for s:n in [1, 2]
  let s:answer = rpcrequest(s:tocsin, 'report.submit', {{'id': s:n,
    \\ 'kind': 'incident', 'country': 'FR', 'occurred': '2026-06',
    \\ 'product': {{'category': 'kettle', 'brand': 'Vim', 'model': '9'}},
    \\ 'failure': {{'hazard': 'fire'}},
    \\ 'origin': {{'group': 'group ' . s:n}}}})
endfor
let s:tries = {tries}
while empty(g:rung) && s:tries > 0
  let s:tries -= 1
  sleep 10m
endwhile
try
  call rpcrequest(s:tocsin, 'report.submit', {{'id': 3}})
  let s:error = 'none'
catch
  let s:error = v:exception
endtry
call writefile([s:hello.server, s:answer.status, len(g:rung),
  \\ g:rung[0].change, g:rung[0].alert.product.model, s:error], '{out}')
qall!
"""


def submits_and_is_called(place):
    nvim = shutil.which("nvim")
    if not nvim:
        raise Skip("neovim is not installed")
    daemon = place.daemon()
    out = place.dir / "out"
    script = place.file("tocsin.vim", SCRIPT.format(
        address=daemon.address, out=out, tries=int(1000 * slowness())))
    done = subprocess.run(
        [nvim, "--headless", "--clean", "-u", "NONE", "-S", str(script)],
        capture_output=True, text=True, timeout=40 * slowness(),
        env={"HOME": str(place.dir), "PATH": "/usr/bin:/bin"}, check=False)
    check(out.exists(), done.stdout + done.stderr)
    lines = out.read_text().splitlines()
    check(lines[0].startswith("tocsind"), lines)
    equal(lines[1:5], ["new", "1", "raised", "9"])
    check("invalid: kind: is required" in lines[5], lines)


run(submits_and_is_called)
