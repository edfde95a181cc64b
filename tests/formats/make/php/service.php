<?php
// The made-up loan service: its calls really wait, are really refused, and its bug is a real one.
namespace Loans;

class UpstreamException extends \RuntimeException
{
    public string $dependency = '';
}
class UpstreamTimeout extends UpstreamException {}
class UpstreamUnavailable extends UpstreamException {}

function fail(UpstreamException $why, string $dependency): never
{
    $why->dependency = $dependency;
    throw $why;
}

function decide(array $application): string
{
    return $application['score'] >= 600 ? 'approved' : 'declined';
}

function callOut(array $call): void
{
    if ($call['end'] === 'refused' && !@fsockopen('127.0.0.1', 8443, $code, $why, 1)) {
        fail(new UpstreamUnavailable("{$call['to']} is unavailable: $why", $code), $call['to']);
    }
    usleep((int) ($call['ms'] * 1000));
    if ($call['end'] === 'timeout') {
        fail(new UpstreamTimeout("{$call['to']} did not answer within {$call['ms']} ms"), $call['to']);
    }
}

function serve(array $step, callable $tell): void
{
    foreach ($step['calls'] as $call) {
        $began = hrtime(true);
        callOut($call);
        $tell($call, (hrtime(true) - $began) / 1e6);
    }
    if ($step['plot'] === 'bug') {
        decide(null);
    }
}
