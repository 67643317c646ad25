package server

import (
	"runtime/debug"
	"sync"
)

// Version is what this program was built from.
type Version struct {
	// Version is the module's: a tag, or a pseudo-version of the commit; "(devel)"
	// where the build knows of none.
	Version string `json:"version"`
	// Revision is the commit, and Time its time (RFC 3339, UTC); empty where it
	// wasn't built in its repository.
	Revision string `json:"revision"`
	Time     string `json:"time"`
	// Modified reports whether there were changes beside the commit.
	Modified bool `json:"modified"`
	// Go is the version of the compiler.
	Go string `json:"go"`
}

// BuiltFrom is the version of the running program.
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

// String is the version in one line.
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
