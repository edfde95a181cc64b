# Takes everything a driver prints, and writes it down beside its truth: NAME.log and NAME.truth.jsonl.
require 'json'
require 'net/http'
require 'open3'
require 'time'

FIELDS = %w[timestamp_ms level message method path status latency_ms trace_id error_type dependency].freeze

class Rig
  attr_accessor :stamp, :step
  attr_reader :text, :told, :steps

  def initialize(name, seed, count)
    @name, @text, @told, @truth, @stamp = name, +'', 0, [], ->(_) {}
    @steps = JSON.parse(Open3.capture2('python3', "#{__dir__}/../scenario.py", seed.to_s, count.to_s)[0])
    @real = $stdout.dup.tap { |out| out.sync = true }
    at_exit { @real.puts("#{@name}: #{$!.full_message}", @text[-800..] || @text) if $! }
    reader, writer = IO.pipe
    $stdout.reopen(writer)
    $stderr.reopen(writer)
    $stdout.sync = $stderr.sync = true
    Thread.new do
      left = +''
      loop do
        left << reader.readpartial(65_536).force_encoding('UTF-8')
        whole = left.rindex("\n")
        @text << left.slice!(0..whole) if whole
      end
    end
  end

  def settle
    before = -1
    800.times do
      return if @text.length > @told && @text.length == before
      before = @text.length
      sleep 0.012
    end
    give_up("nothing was written: #{@text[@told..]}")
  end

  # Declares that all lines written since the last mark (`upto` of them, if given) are one record with this truth.
  def mark(upto: nil, kind: 'record', alt: nil, **truth)
    settle
    rest = @text[@told..].lines
    blank = rest.take_while { |line| line.strip.empty? }.length
    record = (upto ? rest.first(blank + upto) : rest).join
    full = record.lines.each_index.reject { |i| record.lines[i].strip.empty? }
    base = @text[0...@told].count("\n") + 1
    @told += record.length
    plain = record.gsub(/\e\[[0-9;]*m/, '').lstrip
    out = { first_line: base + full.first, last_line: base + full.last }
    truth = { timestamp_ms: @stamp, **truth }
    FIELDS.each { |field| out[field] = (value = truth.delete(field.to_sym)).respond_to?(:call) ? value.call(plain) : value }
    give_up("unknown #{truth}") unless truth.empty?
    give_up("#{out} is not now") if out['timestamp_ms'] && (out['timestamp_ms'] / 1000.0 - Time.now.to_f).abs > 3
    out[:kind] = kind
    out[:alt] = alt if alt
    @truth << out
  end

  def noise
    settle
    @text[@told..].lines.reject { |line| line.strip.empty? }.each { mark(upto: 1, kind: 'noise', timestamp_ms: nil) }
  end

  # Sends each scripted request; the block marks what was written when it was served.
  def drive(port)
    @steps.each do |step|
      @step = step.transform_keys(&:to_sym)
      ask = Net::HTTP.const_get(step['method'].capitalize).new(step['path'] + step['query'])
      { 'Host' => 'loans.example.com', 'User-Agent' => step['agent'], 'X-Amzn-Trace-Id' => "Root=#{step['xray']}", 'X-Forwarded-For' => step['ip'], 'X-Request-Id' => step['request_id'],
        'Connection' => 'close', 'Accept' => '*/*' }.each { |name, value| ask[name] = value }
      if step['method'] == 'POST'
        ask['Content-Type'] = 'application/json'
        ask.body = JSON.generate(user: step['user'], amount: step['amount'])
      end
      answer = Net::HTTP.start('127.0.0.1', port) { |http| http.request(ask) }
      give_up("#{step['plot']} gave #{answer.code}") if answer.code.to_i != step['status']
      yield @step
    end
  end

  def give_up(why)
    @real.puts("#{@name}: #{why}", caller.first(4), @text[-1500..] || @text)
    exit!(1)
  end

  def finish
    give_up("unmarked: #{@text[@told..]}") unless @text[@told..].strip.empty?
    text = @text.gsub(__dir__, '/app').gsub('/usr/share/rubygems-integration/all/gems/', '/usr/local/bundle/gems/').gsub('/usr/lib/ruby/vendor_ruby/', '/usr/local/bundle/gems/').gsub('/usr/lib/ruby/', '/usr/local/lib/ruby/')
    folder = ENV.fetch('OUT', "#{__dir__}/../..")
    File.write("#{folder}/#{@name}.log", text)
    File.write("#{folder}/#{@name}.truth.jsonl", @truth.map { |t| "#{JSON.generate(t)}\n" }.join)
    @real.puts("#{@name}: #{text.lines.length} lines, #{@truth.length} records, #{text.bytesize} bytes")
    exit!(0)
  end
end

def asked(step) = { kind: 'request', method: step[:method], path: step[:path], status: step[:status] }
def epoch(text) = (Time.parse(text).to_r * 1000).floor
