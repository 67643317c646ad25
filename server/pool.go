package server

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"portico/ent"
)

// pool is the settings of the connections to the database.
func (c *Config) pool() ent.Pool {
	return ent.Pool{Connections: c.Connections, Idle: c.ConnectionsIdle, Lifetime: c.ConnectionLifetime, IdleTime: c.ConnectionIdleTime,
		Statements: c.Statements, Dial: c.DatabaseDial, Read: c.DatabaseRead, Write: c.DatabaseWrite}
}

func (c *Config) checkPool() error {
	switch {
	case c.Connections < 0:
		return wrong("connections", "want 1 or more, or 0")
	case c.ConnectionsIdle < 0 || c.Connections > 0 && c.ConnectionsIdle > c.Connections:
		return wrong("connections-idle", "want 0 or more, and no more than --connections")
	case c.Statements < 0:
		return wrong("statements", "want 1 or more, or 0")
	case c.ConnectionLifetime < 0 || c.ConnectionIdleTime < 0:
		return wrong("connection-lifetime, --connection-idle-time", "want times above 0s")
	case c.DatabaseDial < 0 || c.DatabaseRead < 0 || c.DatabaseWrite < 0:
		return wrong("database-dial, --database-read, --database-write", "want times above 0s")
	}
	return nil
}

// unopened says which setting kept the database from being opened.
func unopened(err error) error {
	var m *ent.Misfit
	if errors.As(err, &m) {
		setting := map[string]string{"Connections": "connections", "Statements": "statements"}[m.Setting]
		return wrong(setting, m.Error()+"; leave room for other replicas, backups and a person")
	}
	return fmt.Errorf("setting --database: %w", err)
}

// poolCollector tells what the connections to the database do.
type poolCollector struct{ store *ent.Store }

var poolMetrics = []struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(ent.Stats) float64
}{
	{desc("connections", "Connections to the database that are open."), prometheus.GaugeValue, func(s ent.Stats) float64 { return float64(s.Open) }},
	{desc("connections_in_use", "Connections to the database that work."), prometheus.GaugeValue, func(s ent.Stats) float64 { return float64(s.Used) }},
	{desc("connections_max", "Connections to the database that may be open."), prometheus.GaugeValue, func(s ent.Stats) float64 { return float64(s.Most) }},
	{desc("connection_waits_total", "How often a connection to the database was waited for."), prometheus.CounterValue, func(s ent.Stats) float64 { return float64(s.Waits) }},
	{desc("connection_wait_seconds_total", "How long connections to the database were waited for in all."), prometheus.CounterValue, func(s ent.Stats) float64 { return s.Waited.Seconds() }},
	{desc("statements", "Statements that the connections keep prepared."), prometheus.GaugeValue, func(s ent.Stats) float64 { return float64(s.Prepared) }},
	{desc("statements_max", "Statements that the connections may keep prepared."), prometheus.GaugeValue, func(s ent.Stats) float64 { return float64(s.KeptAtMost) }},
	{desc("statements_evicted_total", "Prepared statements that were closed to make room for others."), prometheus.CounterValue, func(s ent.Stats) float64 { return float64(s.Evicted) }},
	{desc("statements_refused_total", "How often the database refused to prepare a statement, which then ran as text."), prometheus.CounterValue, func(s ent.Stats) float64 { return float64(s.Unprepared) }},
}

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("portico_database_"+name, help, nil, nil)
}

// Describe names the metrics.
func (poolCollector) Describe(to chan<- *prometheus.Desc) {
	for _, m := range poolMetrics {
		to <- m.desc
	}
}

// Collect reads them.
func (p poolCollector) Collect(to chan<- prometheus.Metric) {
	s := p.store.Stats()
	for _, m := range poolMetrics {
		to <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(s))
	}
}

// observePool adds the metrics of a store's connections, in the place of another
// store's, until the store is closed.
func observePool(s *ent.Store) {
	c := poolCollector{s}
	registry.Unregister(c)
	registry.MustRegister(c)
}
