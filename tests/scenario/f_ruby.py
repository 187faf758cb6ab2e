"""Ten lines of ruby-msgpack."""
import shutil
import subprocess

from tocsin_test import Skip, check, equal, run, slowness

SCRIPT = """\
require 'msgpack'; require 'socket'
host, port = ARGV[0].split(':')
link = TCPSocket.new(host, port.to_i)
answers = MessagePack::Unpacker.new(link)
call = lambda do |id, method, arguments|
  link.write([0, id, method, [arguments]].to_msgpack)
  answers.each { |type, _, error, result| break [error, result] if type == 1 }
end
report = {'id' => 'ruby 1', 'kind' => 'breakdown', 'country' => 'FR',
          'occurred' => '2026-06', 'product' => {'category' => 'kettle'}}
_, result = call.(1, 'report.submit', report)
error, _ = call.(2, 'report.submit', {'id' => 'ruby 2'})
puts result['status'], result['product']['name'], error
"""


def submits(place):
    ruby = shutil.which("ruby")
    if not ruby or subprocess.run([ruby, "-e", "require 'msgpack'"],
                                  capture_output=True,
                                  check=False).returncode:
        raise Skip("ruby-msgpack is not installed")
    daemon = place.daemon()
    script = place.file("tocsin.rb", SCRIPT)
    done = subprocess.run([ruby, str(script), daemon.address],
                          capture_output=True, text=True,
                          timeout=40 * slowness(), check=False)
    lines = done.stdout.splitlines()
    check(len(lines) == 3, done.stdout + done.stderr)
    equal(lines[0], "new")
    equal(lines[2], "invalid: kind: is required")
    held = place.client(daemon).call("report.get", {"id": "ruby 1"})
    equal(held["report"]["country"], "FR")


run(submits)
