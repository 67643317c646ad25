package server

import (
	"runtime/debug"
	"testing"
)

func TestTheVersionIsTheBuilds(t *testing.T) {
	for want, info := range map[string]*debug.BuildInfo{
		"(devel)": {},
		"v1.2.3 0123abcd 2026-03-02T02:00:00Z go1.26": {GoVersion: "go1.26", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123abcd"}, {Key: "vcs.time", Value: "2026-03-02T02:00:00Z"}, {Key: "vcs.modified", Value: "false"}}},
		"(devel) 0123abcd modified": {Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123abcd"}, {Key: "vcs.modified", Value: "true"}}},
	} {
		if got := versionOf(info).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if BuiltFrom().Version == "" {
		t.Error("this program has no version")
	}
}
