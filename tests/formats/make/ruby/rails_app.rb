# Rails by itself: FACE is development (bare lines), production (Logger's default formatter, request id as tag), lograge or lograge-json.
# Run with RUBYOPT=--disable-error_highlight: newer Rails drop those lines by themselves.
FACE = ARGV.fetch(0)
ENV['RAILS_ENV'] = FACE == 'development' ? 'development' : 'production'
require_relative 'rig'
require_relative 'service'
RIG = Rig.new({ 'development' => 'rails-development', 'production' => 'rails-production' }.fetch(FACE, FACE), 50 + FACE.length, FACE == 'production' ? 18 : 24)
require 'logger'
require 'rails'
require 'action_controller/railtie'
require 'puma'
require 'puma/server'
BARE = %w[development lograge lograge-json].include?(FACE)
LOGRAGE = FACE.start_with?('lograge')
RIG.stamp = ->(text) { BARE ? nil : epoch(text[/\[(\S+) #\d+\]/, 1] + 'Z') }

class LoanApi < Rails::Application
  config.root = __dir__
  config.eager_load = false
  config.consider_all_requests_local = FACE == 'development'
  config.hosts.clear
  config.secret_key_base = 'x'
  logger = ActiveSupport::Logger.new($stdout)
  logger.formatter = BARE ? ActiveSupport::Logger::SimpleFormatter.new : ::Logger::Formatter.new
  config.logger = BARE ? logger : ActiveSupport::TaggedLogging.new(logger)
  config.log_level = FACE == 'development' ? :debug : :info
  config.log_tags = [:request_id] unless BARE
  if LOGRAGE
    require 'lograge'
    config.lograge.enabled = true
    config.lograge.formatter = FACE == 'lograge' ? Lograge::Formatters::KeyValue.new : Lograge::Formatters::Json.new
    config.lograge.custom_options = ->(_event) { { time: Time.now.utc.iso8601(3), trace_id: RIG.step[:xray], level: 'info' } } unless FACE == 'lograge'
    config.lograge.custom_options = ->(_event) { { request_id: RIG.step[:request_id] } } if FACE == 'lograge'
  end
end

class Say
  def tell(level, message, **truth)
    Rails.logger.public_send(level, message)
    RIG.mark(level: BARE ? nil : level.to_s, message: message, alt: BARE ? { level: [level.to_s] } : nil, **truth)
  end

  def slow(_, call, ms) = tell(:warn, "#{call['to']} took #{ms.round}ms", dependency: call['to'], latency_ms: ms.round)
  def failed(_, call, error, ms) = tell(:error, "#{call['to']} failed after #{ms.round}ms: #{error.class}", dependency: call['to'], latency_ms: ms.round, error_type: error.class.to_s)
  def created(step) = tell(:info, "Created loan #{step[:loan]}")
end

class LoansController < ActionController::API
  def serve
    s = RIG.step
    unless LOGRAGE
      info = { level: BARE ? nil : 'info' }
      RIG.mark(upto: 1, **info, message: "Started #{s[:method]} \"#{s[:path]}#{s[:query]}\" for #{s[:ip]} at", method: s[:method], path: s[:path], **(BARE ? { timestamp_ms: ->(text) { epoch(text[/ at (.*)$/, 1]) } } : {}))
      RIG.mark(upto: 1, **info, message: 'Processing by LoansController#serve as')
      # An indented line of the same request: joined to the line above or not, both are right.
      RIG.mark(**info, message: 'Parameters: {', alt: { message: [nil], timestamp_ms: [nil], level: [nil] })
    end
    Loans.serve(s, Say.new)
    render json: { id: s[:loan] }, status: s[:status]
  end
end

require 'stringio'
LoanApi.initialize!
Rails.application.routes.draw { match '*all', to: 'loans#serve', via: :all }
server = Puma::Server.new(Rails.application, Puma::Events.new(StringIO.new, StringIO.new))
server.add_tcp_listener('127.0.0.1', 8080)
server.run
Rails.logger.info('loan-api ready')
RIG.mark(level: BARE ? nil : 'info', message: 'loan-api ready', alt: BARE ? { level: ['info'] } : nil)
RIG.drive(8080) do |s|
  bug = s[:plot] == 'bug'
  if LOGRAGE
    json = FACE == 'lograge-json'
    ms = ->(text) { json ? JSON.parse(text)['duration'] : text[/duration=(\S+)/, 1].to_f }
    alt = json ? {} : { level: ['info'] }
    RIG.mark(upto: 1, **asked(s), level: json ? 'info' : nil, latency_ms: ms, trace_id: json ? s[:xray] : nil, timestamp_ms: json ? ->(text) { epoch(JSON.parse(text)['time']) } : nil,
             error_type: bug ? 'NoMethodError' : nil, alt: { **alt, trace_id: [s[:xray]] })
  else
    RIG.mark(upto: 1, kind: 'request', level: BARE ? nil : 'info', message: "Completed #{s[:status]} #{Rack::Utils::HTTP_STATUS_CODES[s[:status]]} in", status: s[:status], latency_ms: ->(text) { text[/ in (\d+)ms/, 1].to_i })
  end
  RIG.mark(level: BARE ? nil : 'fatal', message: 'undefined method `fetch\' for nil:NilClass', error_type: 'NoMethodError', alt: BARE ? { level: %w[error fatal] } : nil) if bug
end
RIG.finish
