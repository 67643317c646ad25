package catalog

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"portico/ent/db"
	"portico/ent/db/auditevent"
)

const loadCommand = "catalog.load"

// PriceKey returns the name of a price in the audit.
func PriceKey(code string, s Series, from time.Time) string {
	of := s.Metric
	if of == "" {
		of = strconv.Itoa(s.Count) + " " + string(s.Unit)
	}
	return pricePrefix + code + " for " + of + " from " + from.UTC().Format(time.RFC3339Nano)
}

const (
	pricePrefix = "price of "
	planPrefix  = "plan "
)

// PriceText describes a price in the audit.
func PriceText(p *db.Price) string { return p.UnitPrice + " " + p.Currency + " per " + p.Per }

// Told is what the audit states about prices.
type Told struct {
	// Prices are the prices by [PriceKey]. Plans are the codes of plans that were
	// added by a release that records each price; for other plans some prices
	// aren't recorded.
	Prices map[string]string
	Plans  map[string]bool
}

// ToldPrices reads from the audit which prices catalogues were loaded with. One
// query.
func ToldPrices(ctx context.Context, c *db.Client) (Told, error) {
	events, err := c.AuditEvent.Query().Where(auditevent.AccountID(""), auditevent.Action(loadCommand), auditevent.ResultEQ(auditevent.ResultDONE)).All(ctx)
	t := Told{map[string]string{}, map[string]bool{}}
	for _, e := range events {
		var details map[string]any
		if json.Unmarshal([]byte(e.Details), &details) != nil {
			continue
		}
		whole := false
		for name, value := range details {
			if text, is := value.(string); is && strings.HasPrefix(name, pricePrefix) && strings.Contains(text, " per ") {
				t.Prices[name], whole = text, true
			}
		}
		for name, value := range details {
			if code, is := strings.CutPrefix(name, planPrefix); is && whole && value == "added" {
				t.Plans[code] = true
			}
		}
	}
	return t, err
}
