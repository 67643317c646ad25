package server

import (
	"os"
	"runtime/debug"
	"testing"
	"testing/fstest"
)

func TestTheMemoryOfAContainerIsItsLimit(t *testing.T) {
	const (
		mib     = 1 << 20
		machine = 8 << 30
	)
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	meminfo := file("MemTotal:        8388608 kB\nMemFree: 1 kB\n")
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  int64
	}{
		"a machine":                {fstest.MapFS{}, machine / 4 * 3},
		"version 2":                {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("536870912\n")}, 384 * mib},
		"version 2, unlimited":     {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("max\n")}, machine / 4 * 3},
		"version 2, of a service":  {fstest.MapFS{"proc/self/cgroup": file("0::/system.slice/portico.service\n"), "sys/fs/cgroup/system.slice/portico.service/memory.max": file("1073741824\n")}, 768 * mib},
		"version 2, of its parent": {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("max\n"), "sys/fs/cgroup/a/memory.max": file("536870912\n")}, 384 * mib},
		"version 2, slowed down":   {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("1073741824\n"), "sys/fs/cgroup/memory.high": file("536870912\n")}, 384 * mib},
		"version 1":                {fstest.MapFS{"proc/self/cgroup": file("9:cpu,cpuacct:/\n7:memory:/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("536870912\n")}, 384 * mib},
		"version 1, in a container": {fstest.MapFS{"proc/self/cgroup": file("7:memory:/docker/0123456789abcdef\n0::/\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("268435456\n")}, 192 * mib},
		"version 1, unlimited":  {fstest.MapFS{"proc/self/cgroup": file("7:memory:/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, machine / 4 * 3},
		"both versions":         {fstest.MapFS{"proc/self/cgroup": file("7:memory:/\n0::/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("536870912\n"), "sys/fs/cgroup/memory.max": file("268435456\n")}, 192 * mib},
		"more than the machine": {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("17179869184\n")}, machine / 4 * 3},
		"none":                  {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("0\n")}, machine / 4 * 3},
		"less than can be":      {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("33554431\n")}, machine / 4 * 3},
		"the least":             {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("33554432\n")}, 24 * mib},
		"rubbish":               {fstest.MapFS{"proc/self/cgroup": file("0\n::\n0::/../..\n"), "sys/fs/cgroup/memory.max": file("-5 much\n")}, machine / 4 * 3},
		"negative":              {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("-1\n")}, machine / 4 * 3},
	} {
		c.files["proc/meminfo"] = meminfo
		if got := softLimit(c.files); got != c.want {
			t.Errorf("%s: %d MiB, want %d", name, got/mib, c.want/mib)
		}
	}
	if got := softLimit(fstest.MapFS{}); got != 0 {
		t.Errorf("nothing is known, and yet %d", got)
	}
	if got := softLimit(fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("536870912\n")}); got != 384*mib {
		t.Errorf("of a container alone: %d MiB", got/mib)
	}
}

// GOMEMLIMIT takes precedence over the setting, and the setting over the limit
// of the container.
func TestWhoSetsAMemoryLimitMeansIt(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	t.Setenv("GOGC", "100") // must stay unchanged
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	t.Setenv("GOMEMLIMIT", "1GiB")
	for _, mib := range []int64{0, 4096} {
		if limitMemory(mib); limit() != before {
			t.Errorf("--memory-limit %d went before GOMEMLIMIT: %d", mib, limit())
		}
	}
	t.Setenv("GOMEMLIMIT", "")
	if limitMemory(4096); limit() != 4096<<20 {
		t.Errorf("--memory-limit 4096 is %d", limit())
	}
	if limitMemory(0); limit() != softLimit(os.DirFS("/")) {
		t.Errorf("without either it is %d", limit())
	}
}
