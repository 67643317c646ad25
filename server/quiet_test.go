package server_test

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"portico/calendar"
	"portico/portaltest"
	"portico/server"
)

func TestLogLinesOfOneMessageAreBounded(t *testing.T) {
	var out bytes.Buffer
	clock := calendar.NewManual(portaltest.Start)
	log := slog.New(server.Quieted(slog.NewTextHandler(&out, nil), clock.Now))
	lines := func(message string) int { return strings.Count(out.String(), `msg="`+message+`"`) }
	for n := range 1000 {
		log.Warn("somebody tries", "n", n)
		log.With("with", "attributes").WithGroup("g").Warn("somebody tries")
	}
	log.Error("another message")
	if lines("somebody tries") != 300 || lines("another message") > 1 || !strings.Contains(out.String(), "another message") {
		t.Errorf("5.4: %d lines", lines("somebody tries"))
	}
	clock.Advance(time.Minute)
	log.Warn("somebody tries")
	log.Warn("somebody tries")
	if lines("somebody tries") != 302 || strings.Count(out.String(), "left_out=1700") != 1 {
		t.Errorf("5.4: in the next minute: %d lines\n%s", lines("somebody tries"), out.String()[max(0, out.Len()-300):])
	}
}

// Messages of the database's driver are lines of our log.
func TestTheDriverWritesOurLog(t *testing.T) {
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	mysql.NewConfig().Logger.Print("packets.go:58 ", io.ErrUnexpectedEOF) // the logger of new connections
	if !strings.Contains(log.String(), `"msg":"database driver"`) || !strings.Contains(log.String(), "unexpected EOF") {
		t.Errorf("%s", log.String())
	}
}
