package job

// Backoff returns the pause after failures in a row.
var Backoff = backoff
