# The made-up loan service: its calls really wait, are really refused, and its bug is a real one.
require 'socket'

module Loans
  class UpstreamTimeout < StandardError; end
  class UpstreamUnavailable < StandardError; end

  module_function

  def decide(application) = application.fetch(:score) >= 600 ? 'approved' : 'declined'

  def load_status(row) = { id: row[:id], decision: decide(row[:application]) }

  def call_out(call)
    if call['end'] == 'refused'
      begin
        TCPSocket.new('127.0.0.1', 8443)
      rescue SystemCallError
        raise UpstreamUnavailable, "#{call['to']} is unavailable"
      end
    end
    sleep(call['ms'] / 1000.0)
    raise UpstreamTimeout, "#{call['to']} did not answer within #{call['ms']} ms" if call['end'] == 'timeout'
  end

  # Serves one scripted request; `say` has a method for each thing worth telling. The bug is the caller's to meet.
  def serve(step, say)
    tell = ->(what, *args) { say.public_send(what, step, *args) if say.respond_to?(what) }
    step[:calls].each do |call|
      began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      took = -> { (Process.clock_gettime(Process::CLOCK_MONOTONIC) - began) * 1000 }
      begin
        call_out(call)
      rescue UpstreamTimeout, UpstreamUnavailable => e
        return tell.call(:failed, call, e, took.call)
      end
      tell.call(call['end'].to_sym, call, took.call)
    end
    load_status(id: step[:loan]) if step[:plot] == 'bug'
    tell.call(:created) if step[:status] == 201
  end
end
