<?php
// Reads requests as JSON from standard input, and prints a verdict for each.
require __DIR__ . '/../../docs/guide/verify/verify.php';

$verdicts = [];
foreach (json_decode(file_get_contents('php://stdin'), true) as $request) {
    ['headers' => $headers, 'body' => $body, 'secret' => $secret] = $request;
    $verdicts[] = [
        'standard' => verify_standard($headers, $body, $secret),
        'profile' => verify_profile($headers[$request['profileHeader']] ?? null, $body, $secret),
        'library' => null,
    ];
}
echo json_encode($verdicts);
