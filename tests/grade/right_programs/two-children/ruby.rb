#!/usr/bin/env ruby
# right: Ruby with fork and waitall
ARGV.each { |code| fork { exit!(code.to_i) } }
Process.waitall.each { |pid, status| puts "#{pid} #{status.exitstatus}" }
