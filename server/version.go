package server

import (
	"runtime/debug"
	"sync"
)

// Version describes the source that a program was built from.
type Version struct {
	// Version is the version of the module: a tag, or a pseudo-version of the commit;
	// "(devel)" if the build has none.
	Version string `json:"version"`
	// Revision is the commit; empty if the program wasn't built in its repository.
	Revision string `json:"revision"`
	// Time is the time of the commit (RFC 3339, UTC); empty like Revision.
	Time string `json:"time"`
	// Modified reports whether there were uncommitted changes.
	Modified bool `json:"modified"`
	// Go is the version of the compiler.
	Go string `json:"go"`
}

// BuiltFrom returns the version of the running program.
var BuiltFrom = sync.OnceValue(func() Version {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Version{Version: "(devel)"}
	}
	return versionOf(info)
})

func versionOf(info *debug.BuildInfo) Version {
	v := Version{Version: info.Main.Version, Go: info.GoVersion}
	if v.Version == "" {
		v.Version = "(devel)"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

// String returns the version in one line.
func (v Version) String() string {
	text := v.Version
	if v.Revision != "" {
		text += " " + v.Revision
	}
	if v.Time != "" {
		text += " " + v.Time
	}
	if v.Modified {
		text += " modified"
	}
	if v.Go != "" {
		text += " " + v.Go
	}
	return text
}
