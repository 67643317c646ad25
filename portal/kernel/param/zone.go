package param

import (
	"portico/calendar"
	"portico/clause"
)

// ProviderZone is the provider's own zone, that of the standard agreement: its
// days, the dates on its documents and its series of numbers are counted in it.
func ProviderZone() calendar.Zone { return providerZone }

var providerZone = func() calendar.Zone {
	zone, err := calendar.LoadZone(clause.Standard(clause.AgreementZone).Value())
	if err != nil { // a mistake in the program
		panic(err)
	}
	return zone
}()

// ZoneBy is [Agreement.Zone] where the value that a signed agreement sets was read
// by another statement; empty is the standard agreement's.
func ZoneBy(value string) (calendar.Zone, error) {
	if value == "" {
		return providerZone, nil
	}
	return calendar.LoadZone(value)
}

// ZoneKept is the zone that a row keeps from when it was written. A row of an older
// release keeps none: then it is the other one.
func ZoneKept(kept *string, other calendar.Zone) (calendar.Zone, error) {
	if kept == nil {
		return other, nil
	}
	return calendar.LoadZone(*kept)
}
