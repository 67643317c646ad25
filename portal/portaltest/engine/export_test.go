package engine

// Beside lets a test hide an installed MariaDB.
var Beside = &beside
