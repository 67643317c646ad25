package job

// Backoff is the pause after failures in a row.
var Backoff = backoff
