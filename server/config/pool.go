package config

import (
	"errors"
	"fmt"

	"portico/ent"
)

// pool returns the limits of the connections to the database.
func (c *Config) pool() ent.Pool {
	return ent.Pool{Connections: c.Connections, Idle: c.ConnectionsIdle, Lifetime: c.ConnectionLifetime, IdleTime: c.ConnectionIdleTime,
		Statements: c.Statements, Connect: c.DatabaseDial, Read: c.DatabaseRead, Write: c.DatabaseWrite}
}

func (c *Config) checkPool() error {
	switch {
	case c.Connections < 0:
		return Wrong("connections", "want 1 or more, or 0")
	case c.ConnectionsIdle < 0 || c.Connections > 0 && c.ConnectionsIdle > c.Connections:
		return Wrong("connections-idle", "want 0 or more, and no more than --connections")
	case c.Statements < 0:
		return Wrong("statements", "want 1 or more, or 0")
	case c.ConnectionLifetime < 0 || c.ConnectionIdleTime < 0:
		return Wrong("connection-lifetime, --connection-idle-time", "want times above 0s")
	case c.DatabaseDial < 0 || c.DatabaseRead < 0 || c.DatabaseWrite < 0:
		return Wrong("database-dial, --database-read, --database-write", "want times above 0s")
	}
	return nil
}

// Unopened wraps the error of a database that could not be opened. It names the setting
// that caused the error.
func Unopened(err error) error {
	var m *ent.Misfit
	if errors.As(err, &m) {
		setting := map[string]string{"Connections": "connections", "Statements": "statements"}[m.Setting]
		return Wrong(setting, m.Error()+"; leave room for other replicas, backups and a person")
	}
	return fmt.Errorf("setting --database: %w", err)
}
