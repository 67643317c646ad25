package proof_test

import (
	"strings"
	"time"
)

func init() { wrongs = append(wrongs, usageWrongs...) }

// of sets a field of a report's event.
func of(field string, value any) func(*stage, input) {
	return func(_ *stage, in input) { event(in)[field] = value }
}

// usageWrongs are wrong reports. Each has one event, which is rejected.
var usageWrongs = []wrong{
	{"usage: no source", "reportUsage", "INVALID_INPUT", "", of("source", ""), nil},
	{"usage: a source of 101 characters", "reportUsage", "INVALID_INPUT", "", of("source", strings.Repeat("s", 101)), nil},
	{"usage: a source in words", "reportUsage", "INVALID_INPUT", "", of("source", "edge 1"), nil},
	{"usage: no event id", "reportUsage", "INVALID_INPUT", "", of("eventId", ""), nil},
	{"usage: an event id of 101 characters", "reportUsage", "INVALID_INPUT", "", of("eventId", strings.Repeat("e", 101)), nil},
	{"usage: an event id that ASCII doesn't have", "reportUsage", "INVALID_INPUT", "", of("eventId", "事件"), nil},
	{"usage: no metric", "reportUsage", "INVALID_INPUT", "", of("metric", ""), nil},
	{"usage: a metric with a line end", "reportUsage", "INVALID_INPUT", "", of("metric", "im.registered_users\n"), nil},
	{"usage: a metric that nothing measures", "reportUsage", "USAGE_NO_SERVICE", "3.6", of("metric", "im.smiles"), nil},
	{"usage: seven decimals", "reportUsage", "USAGE_QUANTITY_INVALID", "3.4", of("quantity", "0.0000001"), nil},
	{"usage: less than nothing by a millionth", "reportUsage", "USAGE_QUANTITY_INVALID", "3.4", of("quantity", "-0.000001"), nil},
	{"usage: more than there is", "reportUsage", "USAGE_QUANTITY_INVALID", "3.4", of("quantity", "1000000000000.000001"), nil},
	{"usage: a number that no column holds", "reportUsage", "USAGE_QUANTITY_INVALID", "3.4", of("quantity", "99999999999999999999"), nil},
	{"usage: before the service opened", "reportUsage", "USAGE_NO_SERVICE", "3.6", of("at", "2020-01-01T00:00:00Z"), nil},
	{"usage: a microsecond ahead", "reportUsage", "USAGE_IN_FUTURE", "3.4", func(s *stage, in input) {
		event(in)["at"] = s.Portal.Store.Now().Add(time.Microsecond).Format(time.RFC3339Nano)
	}, nil},
}
