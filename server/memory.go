package server

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// GCPercent trades memory for less collecting, under the soft limit.
const GCPercent = 300

// limitMemory sets the soft limit of the process, by the setting, or by what the
// machine or the container has. Whoever sets GOMEMLIMIT or GOGC means it.
func limitMemory(mib int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(GCPercent)
	}
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit := mib << 20
	if mib == 0 {
		limit = softLimit(os.DirFS("/"))
	}
	if limit > 0 {
		debug.SetMemoryLimit(limit)
	}
}

// leastMemory is the least limit, in bytes, that is believed: the program doesn't
// start in less.
const leastMemory = 32 << 20

// softLimit is three quarters of the memory that a process may have, in bytes, by
// the files of a machine: the machine's own, or that of the tightest of the
// control groups that it is in, if that is less. A quarter is left to what Go
// doesn't count: SQLite's pages, stacks of the system, the files of a container
// in memory. 0 is returned where nothing is known.
func softLimit(root fs.FS) int64 {
	most := machineMemory(root)
	for _, limit := range groupLimits(root) {
		if limit >= leastMemory && (most == 0 || limit < most) {
			most = limit
		}
	}
	return most / 4 * 3
}

// machineMemory is the machine's memory in bytes; 0 where it isn't known.
func machineMemory(root fs.FS) int64 {
	text, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return 0
	}
	var kib int64
	if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kib); err != nil || kib > math.MaxInt64>>10 {
		return 0
	}
	return kib << 10
}

// groupLimits are the limits of the control groups that the process is in and of
// those above them, in bytes, of version 1 and of version 2. In a container its
// own group is the root of what it sees, whatever name the machine has for it; so
// the root is always looked at.
func groupLimits(root fs.FS) []int64 {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil
	}
	var limits []int64
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, ok := strings.Cut(rest, ":")
		if !ok {
			continue
		}
		var folders, files []string
		switch {
		case controllers == "":
			folders, files = []string{"sys/fs/cgroup", "sys/fs/cgroup/unified"}, []string{"memory.max", "memory.high"}
		case strings.Contains(","+controllers+",", ",memory,"):
			folders, files = []string{"sys/fs/cgroup/memory"}, []string{"memory.limit_in_bytes"}
		}
		for _, folder := range folders {
			for at := path.Clean("/" + group); ; at = path.Dir(at) {
				for _, file := range files {
					limits = append(limits, limitIn(root, path.Join(folder, at, file))...)
				}
				if at == "/" {
					break
				}
			}
		}
	}
	return limits
}

// limitIn reads a limit; none where there is no such file, or it says "max".
func limitIn(root fs.FS, name string) []int64 {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return nil
	}
	bytes, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return nil
	}
	return []int64{bytes}
}
