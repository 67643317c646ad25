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

// GCPercent is the value of GOGC without a setting. It saves processor time at the cost
// of memory, under the soft limit.
const GCPercent = 300

// limitMemory sets the soft memory limit of the process in MiB; 0 derives it from the
// memory of the machine or the container. GOMEMLIMIT and GOGC take precedence.
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

// leastMemory is the smallest limit of a control group, in bytes, that is used. The
// program doesn't start with less memory.
const leastMemory = 32 << 20

// softLimit returns three quarters of the memory of the machine, or of the control group
// with the smallest limit if that is less, in bytes. A quarter is left for memory that
// Go doesn't count: SQLite's pages, stacks of the system, files of a container in
// memory. It returns 0 if nothing is known.
func softLimit(root fs.FS) int64 {
	most := machineMemory(root)
	for _, limit := range groupLimits(root) {
		if limit >= leastMemory && (most == 0 || limit < most) {
			most = limit
		}
	}
	return most / 4 * 3
}

// machineMemory returns the machine's memory in bytes; 0 if it isn't known.
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

// groupLimits returns the limits of the process's control groups and of their parents,
// in bytes, for versions 1 and 2. In a container the process's own group is the root of
// the visible tree, regardless of its name on the machine. So the root is always read.
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

// limitIn returns the limit in a file; nothing if there is no such file, or if it holds
// "max".
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
