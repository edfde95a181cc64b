# Sinatra under Puma: Rack's common log with the seconds at its end, Sinatra's dump of exceptions, Ruby's Logger beside it.
require_relative 'rig'
require_relative 'service'
RIG = Rig.new('sinatra-puma', 61, 26)
require 'logger'
require 'sinatra/base'
require 'puma'
require 'puma/server'
require 'stringio'
LOG = Logger.new($stdout, progname: 'loans')

class Say
  def tell(level, message, **truth)
    LOG.public_send(level, message)
    RIG.mark(level: level.to_s, message: message, timestamp_ms: ->(text) { epoch(text[/\[(\S+) #\d+\]/, 1] + 'Z') }, **truth)
  end

  def ok(_, call, ms) = tell(:debug, "#{call['to']} responded in #{ms.round(1)} ms", dependency: call['to'], latency_ms: ms.round(1))
  def slow(step, call, ms) = tell(:warn, "#{call['to']} responded in #{ms.round(1)} ms trace_id=#{step[:w3c]}", dependency: call['to'], latency_ms: ms.round(1), trace_id: step[:w3c])
  def retry(_, call, _ms) = tell(:warn, "#{call['to']} unavailable (503), retrying", dependency: call['to'], alt: { status: [503] })

  def failed(_, call, error, _ms)
    LOG.error(error)
    RIG.mark(level: 'error', message: error.message, error_type: error.class.to_s, timestamp_ms: ->(text) { epoch(text[/\[(\S+) #\d+\]/, 1] + 'Z') }, alt: { dependency: [call['to']], latency_ms: [call['ms']] })
  end
end

class LoanApi < Sinatra::Base
  set :logging, true
  set :environment, :production
  set :show_exceptions, false
  set :raise_errors, false
  set :dump_errors, true
  set :protection, false
  %i[get post].each do |verb|
    public_send(verb, '/*') do
      Loans.serve(RIG.step, Say.new)
      content_type :json
      [RIG.step[:status], JSON.generate(id: RIG.step[:loan])]
    end
  end
end

server = Puma::Server.new(LoanApi.new, Puma::Events.new($stdout, $stderr))
server.add_tcp_listener('127.0.0.1', 8080)
server.run
LOG.info('listening on 8080')
RIG.mark(level: 'info', message: 'listening on 8080', timestamp_ms: ->(text) { epoch(text[/\[(\S+) #\d+\]/, 1] + 'Z') })
RIG.drive(8080) do |s|
  RIG.settle
  if s[:plot] == 'bug'
    lines = RIG.text[RIG.told..].lines
    RIG.mark(upto: lines.length - 1, message: 'undefined method `fetch\' for nil:NilClass', error_type: 'NoMethodError', timestamp_ms: ->(text) { epoch(text[0, 19] + ' UTC') }, alt: { level: %w[error fatal] })
  end
  RIG.mark(**asked(s), timestamp_ms: ->(text) { Time.strptime(text[/\[(.*?)\]/, 1], '%d/%b/%Y:%H:%M:%S %z').to_i * 1000 }, latency_ms: ->(text) { text.split.last.to_f * 1000 })
end
RIG.finish
