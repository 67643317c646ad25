package ent

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// driverLog writes the messages of go-sql-driver/mysql to the log. Most of them
// are about broken connections. SQLite's driver has no messages.
type driverLog struct{}

// Print implements mysql.Logger.
func (driverLog) Print(v ...any) {
	slog.Warn("database driver", "detail", strings.TrimSpace(fmt.Sprint(v...)))
}

func init() {
	if err := mysql.SetLogger(driverLog{}); err != nil {
		panic(err) // only a nil logger is an error
	}
}
