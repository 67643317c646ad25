package engine

// Beside lets a test hide an installed MariaDB.
var Beside = &beside

// Memory lets a test hide the file system in memory.
var Memory = &memory
