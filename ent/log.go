package ent

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// driverLog writes what go-sql-driver/mysql has to say as lines of our log:
// connections that broke, mostly. SQLite's driver says nothing.
type driverLog struct{}

// Print is mysql.Logger's.
func (driverLog) Print(v ...any) {
	slog.Warn("database driver", "detail", strings.TrimSpace(fmt.Sprint(v...)))
}

func init() {
	if err := mysql.SetLogger(driverLog{}); err != nil {
		panic(err) // it refuses none but nil
	}
}
