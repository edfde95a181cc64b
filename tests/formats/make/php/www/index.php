<?php
// What php -S serves for every path: the step to play is in the file named by $STEP.
require __DIR__ . '/../service.php';
$s = json_decode(file_get_contents(getenv('STEP')), true);
http_response_code($s['status']);
try {
    Loans\serve($s, function (array $call, float $ms) {
        if ($call['end'] === 'slow') error_log(sprintf('[warning] %s responded in %.0fms', $call['to'], $ms));
        if ($call['end'] === 'retry') trigger_error("retrying {$call['to']} after HTTP 503", E_USER_WARNING);
    });
} catch (Loans\UpstreamException $e) {
    error_log("[error] {$e->dependency} call failed: " . get_class($e));
}
echo json_encode(['id' => $s['loan']]);
