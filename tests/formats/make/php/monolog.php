<?php
// Monolog with its line formatter, its JSON formatter, and as Laravel sets it up: `php monolog.php line|json|laravel`.
// Debian's Monolog and Psr\Log live under /usr/share/php, which is on PHP's include path.
spl_autoload_register(fn ($name) => require str_replace('\\', '/', $name) . '.php');
require __DIR__ . '/service.php';
use Monolog\Formatter\{JsonFormatter, LineFormatter};
use Monolog\{Handler\StreamHandler, Logger, Processor\UidProcessor};

const FIELDS = ['timestamp_ms', 'level', 'message', 'method', 'path', 'status', 'latency_ms', 'trace_id', 'error_type', 'dependency'];
$face = $argv[1];
$name = ['line' => 'monolog-line', 'json' => 'monolog-json', 'laravel' => 'laravel'][$face];
$log = ($folder = getenv('OUT') ?: __DIR__ . '/../..') . "/$name.log";
@unlink($log);
$handler = new StreamHandler($log);
$formatter = match ($face) {
    'line' => new LineFormatter(),
    'json' => new JsonFormatter(),
    'laravel' => new LineFormatter(null, 'Y-m-d H:i:s', true, true),
};
if ($face === 'laravel') $formatter->includeStacktraces();
$handler->setFormatter($formatter);
$logger = new Logger($face === 'laravel' ? 'production' : 'loans', [$handler]);
if ($face === 'json') $logger->pushProcessor(new UidProcessor());

// Logs, and writes down the truth of the lines it made.
$truths = [];
$told = 0;
function say(string $level, string $message, array $context, array $truth, array $alt = []): void
{
    global $logger, $log, $truths, $told, $face;
    $logger->log($level, $message, $context);
    $text = file_get_contents($log);
    $record = substr($text, $told);
    $first = substr_count($text, "\n", 0, $told) + 1;
    $told = strlen($text);
    $last = $first + substr_count(rtrim($record), "\n");
    $at = $face === 'json' ? json_decode($record, true)['datetime'] : substr($record, 1, strpos($record, ']') - 1);
    $truth += ['timestamp_ms' => (int) (new DateTimeImmutable($at))->format('Uv'), 'message' => $message,
        'level' => ['warning' => 'warn', 'critical' => 'fatal', 'notice' => 'info', 'emergency' => 'fatal'][$level] ?? $level];
    $out = ['first_line' => $first, 'last_line' => $last];
    foreach (FIELDS as $field) $out[$field] = $truth[$field] ?? null;
    $out['kind'] = $truth['kind'] ?? 'record';
    if ($alt) $out['alt'] = $alt;
    $truths[] = $out;
}

say('notice', 'application booted', ['env' => 'production'], []);
$seed = ['line' => 71, 'json' => 72, 'laravel' => 73][$face];
foreach (json_decode(shell_exec('python3 ' . __DIR__ . "/../scenario.py $seed 24"), true) as $s) {
    $began = hrtime(true);
    $of = $face === 'laravel' ? [] : ['trace_id' => $s['xray']];
    try {
        Loans\serve($s, function (array $call, float $ms) use ($of, $face) {
            $ms = round($ms, 1);
            if ($call['end'] === 'ok') return;
            [$message, $alt] = $call['end'] === 'slow' ? ["{$call['to']} is slow", []] : ["{$call['to']} answered 503, retrying", ['status' => [503]]];
            if ($face === 'laravel') say('warning', "$message ({$ms}ms)", [], ['dependency' => $call['to'], 'latency_ms' => $ms], $alt);
            else say('warning', $message, ['dependency' => $call['to'], 'duration_ms' => $ms] + $of, ['dependency' => $call['to'], 'latency_ms' => $ms] + $of, $alt);
        });
        if ($s['status'] === 201) say('info', 'loan created', ['loan' => $s['loan'], 'user' => $s['user']] + $of, $of);
    } catch (Loans\UpstreamException $e) {
        $class = get_class($e);
        $alt = ['error_type' => [basename(strtr($class, '\\', '/')), 'RuntimeException'], 'latency_ms' => [$s['calls'][count($s['calls']) - 1]['ms']]];
        say('error', "call to {$e->dependency} failed", ['exception' => $e] + $of, ['error_type' => $class, 'dependency' => $e->dependency] + $of, $alt);
    } catch (TypeError $e) {
        say('critical', $e->getMessage(), ['exception' => $e] + $of, ['error_type' => 'TypeError'] + $of);
    }
    $ms = round((hrtime(true) - $began) / 1e6, 2);
    $asked = ['kind' => 'request', 'method' => $s['method'], 'path' => $s['path'], 'status' => $s['status'], 'latency_ms' => $ms];
    if ($face === 'laravel') say('info', "{$s['method']} {$s['path']} {$s['status']} {$ms}ms", [], $asked);
    else say('info', 'request handled', ['method' => $s['method'], 'uri' => $s['path'] . $s['query'], 'status' => $s['status'], 'time_ms' => $ms] + $of, $asked + $of);
}
file_put_contents($log, str_replace([__DIR__, trim(json_encode(__DIR__), '"')], '/app', file_get_contents($log)));
file_put_contents("$folder/$name.truth.jsonl", implode('', array_map(fn ($t) => str_replace(__DIR__, '/app', json_encode($t, JSON_UNESCAPED_SLASHES)) . "\n", $truths)));
echo "$name: ", count($truths), " records, ", filesize($log), " bytes\n";
