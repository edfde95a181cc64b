# Sidekiq's logger and job logger over jobs that are played in this process: no Redis is asked.
require_relative 'rig'
require_relative 'service'
RIG = Rig.new('sidekiq', 63, 24)
require 'sidekiq'
require 'sidekiq/job_logger'
RIG.stamp = ->(text) { epoch(text[/^\S+/]) }
LOG = Sidekiq::Logger.new($stdout)
LOG.formatter = Sidekiq::Logger::Formatters::Pretty.new
Sidekiq.logger = LOG

class Say
  def tell(level, message, **truth)
    LOG.public_send(level, message)
    RIG.mark(level: level.to_s, message: message, **truth)
  end

  def slow(_, call, ms) = tell(:warn, "#{call['to']} took #{ms.round} ms", dependency: call['to'], latency_ms: ms.round)
  def retry(_, call, _ms) = tell(:warn, "#{call['to']} returned 503, retrying", dependency: call['to'], alt: { status: [503] })

  def failed(_, call, error, _ms)
    LOG.warn("#{error.class}: #{error.message}")
    RIG.mark(level: 'warn', message: "#{error.class}: #{error.message}", error_type: error.class.to_s, dependency: call['to'], alt: { latency_ms: [call['ms']] })
    LOG.warn(error.backtrace.join("\n"))
    # The frames come by a record of their own.
    RIG.mark(level: 'warn', alt: { message: [nil] })
    raise error
  end
end

logger = Sidekiq::JobLogger.new(LOG)
LOG.info('Booting Sidekiq 6.4.1 with options {:concurrency=>5}')
RIG.mark(level: 'info', message: 'Booting Sidekiq 6.4.1 with options {:concurrency=>5}')
RIG.steps.each do |step|
  RIG.step = step = step.transform_keys(&:to_sym)
  next if %w[health unknown].include?(step[:plot])
  job = { 'class' => 'ScoreLoanJob', 'jid' => step[:span] + step[:request_id][0, 8], 'queue' => 'default' }
  began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  failed = false
  begin
    logger.prepare(job) do
      logger.call(job, 'default') do
        RIG.mark(level: 'info', message: 'start')
        begin
          Loans.serve(step, Say.new)
        rescue NoMethodError => e
          LOG.fatal(e)
          RIG.mark(level: 'fatal', message: e.message.lines.first.strip, error_type: 'NoMethodError', alt: { error_type: [nil] })
          raise
        end
      end
    end
  rescue StandardError
    failed = true
  end
  RIG.mark(level: 'info', message: failed ? 'fail' : 'done', latency_ms: ->(text) { text[/elapsed=([\d.]+)/, 1].to_f * 1000 })
end
RIG.finish
