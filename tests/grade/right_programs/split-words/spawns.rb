#!/usr/bin/env ruby
# right: Ruby with fork and exec
words = ARGV[0].split(/[ \t]+/).reject(&:empty?)
exit 0 if words.empty?
pid = fork do
  exec([words[0], words[0]], *words[1..])
rescue SystemCallError => error
  warn "split-words: #{words[0]}: #{error.message}"
  exit! 127
end
_, status = Process.wait2(pid)
exit(status.exited? ? status.exitstatus : 128 + status.termsig)
