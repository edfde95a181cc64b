# WEBrick as it logs by itself: its own lines, the access lines in common format, the dump of an exception.
require_relative 'rig'
require_relative 'service'
RIG = Rig.new('webrick', 62, 26)
require 'webrick'
own = ->(text) { epoch(text[1, 19] + ' UTC') }
RIG.stamp = own
server = WEBrick::HTTPServer.new(Port: 8080, BindAddress: '127.0.0.1', AccessLog: [[$stderr, WEBrick::AccessLog::COMMON_LOG_FORMAT]])

class Say
  def initialize(logger) = @logger = logger

  def tell(level, message, **truth)
    @logger.public_send(level, message)
    RIG.mark(level: level.to_s, message: message, **truth)
  end

  def slow(_, call, ms) = tell(:warn, "#{call['to']} slow (#{ms.round} ms)", dependency: call['to'], latency_ms: ms.round)
  def retry(_, call, _ms) = tell(:warn, "#{call['to']} returned 503, retrying", dependency: call['to'], alt: { status: [503] })
  def failed(_, call, error, ms) = tell(:error, "#{call['to']} failed after #{ms.round} ms: #{error.message}", dependency: call['to'], latency_ms: ms.round, alt: { latency_ms: [call['ms']] })
  def created(step) = tell(:info, "loan #{step[:loan]} created")
end

server.mount_proc('/') do |_, res|
  Loans.serve(RIG.step, Say.new(server.logger))
  res.status = RIG.step[:status]
  res.body = JSON.generate(id: RIG.step[:loan])
end
class WEBrick::HTTPServlet::ProcHandler
  alias do_PUT do_POST
end
RIG.mark(upto: 1, level: 'info', message: "WEBrick #{WEBrick::VERSION}")
RIG.mark(level: 'info', message: "ruby #{RUBY_VERSION}")
Thread.new { server.start }
RIG.mark(level: 'info', message: ->(text) { text[/INFO  (.*)$/, 1] })
RIG.drive(8080) do |s|
  RIG.settle
  if s[:plot] == 'bug'
    lines = RIG.text[RIG.told..].lines
    RIG.mark(upto: lines.length - 1, level: 'error', message: 'NoMethodError: undefined method `fetch\' for nil:NilClass', error_type: 'NoMethodError')
  end
  RIG.mark(**asked(s), timestamp_ms: ->(text) { Time.strptime(text[/\[(.*?)\]/, 1], '%d/%b/%Y:%H:%M:%S %z').to_i * 1000 })
end
RIG.finish
